"""The record of what is no step of an appeal (审计日志): one hash chain, written by `chains.audit.note` only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AuditQuerySet(models.QuerySet):
    def of_kind(self, *kinds):
        return self.filter(kind__in=kinds)

    def by(self, user_id):
        return self.filter(actor=user_id)

    def since(self, moment):
        return self.filter(at__gte=moment)

    def by_name(self, name):
        """Of the account with this user name, or of everybody who is called so."""
        return self.filter(models.Q(actor__username=name) | models.Q(actor__name=name))

    def until(self, moment):
        return self.filter(at__lt=moment)

    def below(self, seq):
        return self.filter(seq__lt=seq)

    def newest(self):
        return self.order_by("-seq")


class Audit(models.Model):
    class Kind(models.TextChoices):
        LOGIN = "login", _("Signed in")
        LOGIN_FAILED = "login_failed", _("Wrong password")
        LOGOUT = "logout", _("Signed out")
        TOKEN = "token", _("API token issued")
        REVEAL = "reveal", _("Contact looked at")
        DOWNLOAD = "download", _("File downloaded")
        INFECTED = "infected", _("Infected file refused")
        EXPORT = "export", _("List exported")
        PRINT = "print", pgettext_lazy("audit", "Printed")
        IMPORT = "import", _("Data imported")
        CONFIGURATION = "configuration", _("Configuration changed")
        MEMBERSHIP = "membership", _("Membership decided")
        ANCHOR = "anchor", _("Records anchored")  # 锚定
        TIMER = "timer", _("Timer set aside or tried again")
        VERIFICATION = "verification", _("Records verified")  # 核验

    seq = models.BigIntegerField(primary_key=True)  # without gaps
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=200, blank=True)  # the number of an appeal, an account, a file
    data = models.JSONField(default=dict)  # no texts, no names of enterprises
    origin = models.GenericIPAddressField(null=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["kind", "-seq"], name="audit_by_kind"),
            models.Index(fields=["actor", "-seq"], name="audit_of_a_person"),
            models.Index(fields=["at", "seq"], name="audit_by_day"),
        ]
        constraints = [
            models.CheckConstraint(name="audit_is_numbered_from_one", condition=models.Q(seq__gte=1)),
        ]

    def __str__(self):
        return f"{self.seq} {self.kind}"
