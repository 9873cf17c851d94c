"""What somebody asks for and another decides: the hand-back (退回)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appeals.models.appeal import Appeal


class RequestQuerySet(models.QuerySet):
    def waiting(self, kind=None):
        return self.filter(decided_at=None, **({"kind": kind} if kind else {}))

    def lapse(self, at):
        """Whatever waits needs no decision any more: the case has ended."""
        return self.waiting().update(decided_at=at)

    def granted(self, kind):
        """The newest first."""
        return self.filter(kind=kind, granted=True).order_by("-decided_at")


class Request(models.Model):
    """Waiting while `decided_at` is empty; afterwards granted, refused, or lapsed (`granted` None)."""

    class Kind(models.TextChoices):
        HAND_BACK = "hand_back", _("Hand-back")

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=12, choices=Kind)
    round = models.PositiveSmallIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.TextField()
    proposed_lead = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)
    decision = models.TextField(blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["kind", "asked_at"], name="requests_waiting", condition=Q(decided_at=None))]
        constraints = [
            models.UniqueConstraint(
                fields=["appeal", "kind"], condition=Q(decided_at=None), name="one_request_of_a_kind_waits"
            ),
            models.CheckConstraint(
                name="a_decision_says_who_when_and_yes_or_no",
                condition=Q(decided_by=None, granted=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False, granted__isnull=False),
            ),
            models.CheckConstraint(
                name="requester_does_not_decide",
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="hand_back_proposes_a_lead",
                condition=~Q(kind="hand_back") | Q(proposed_lead__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.appeal_id} {self.kind}"
