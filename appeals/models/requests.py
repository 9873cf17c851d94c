"""What one asks for and another decides: hand-back 退回, extension 延期, termination 终止, objection, exclusion."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appeals.models.appeal import Appeal
from appeals.states import Ground, Part
from chains.taxonomy import Role


class RequestQuerySet(models.QuerySet):
    def waiting(self, kind=None):
        return self.filter(decided_at=None, **({"kind": kind} if kind else {}))

    def with_people(self):
        return self.select_related("asked_by", "decided_by", "proposed_lead")

    def besides(self, user_id):
        """Asked by somebody else."""
        return self.exclude(asked_by=user_id)

    def asked_by_heads(self):
        """Extensions that the head would approve but asked for: the centre decides instead."""
        return self.filter(approver=Role.HEAD, asked_as=Part.HEAD)

    def of_cases(self, cases):
        return self.filter(appeal__in=cases)

    def lapse(self, at):
        """Whatever waits needs no decision any more: the case has moved on."""
        return self.waiting().update(decided_at=at)

    def of_kinds(self, kinds):
        return self.filter(kind__in=kinds)

    def asked_since(self, moment):
        return self.filter(asked_at__gte=moment)

    def decided(self, kind):
        return self.filter(kind=kind, granted__isnull=False)

    def granted(self, kind):
        """The newest first."""
        return self.filter(kind=kind, granted=True).order_by("-decided_at")

    def to_be_approved_by(self, roles):
        """Extensions that somebody in one of `roles` may decide."""
        return self.filter(approver__in=roles)


class Request(models.Model):
    """Waiting while `decided_at` is empty; afterwards granted, refused, or lapsed (`granted` None)."""

    class Kind(models.TextChoices):
        HAND_BACK = "hand_back", _("Hand-back")
        EXTENSION = "extension", _("Extension")
        TERMINATION = "termination", _("Termination")
        OBJECTION = "objection", _("Objection")
        EXCLUSION = "exclusion", _("Exclusion from the score")

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=12, choices=Kind)
    round = models.PositiveSmallIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_as = models.CharField(max_length=10, choices=Part, default=Part.HANDLER)
    asked_at = models.DateTimeField()
    reason = models.TextField()
    proposed_lead = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")
    until = models.DateTimeField(null=True)  # of an extension: the close of business it asks for
    words = models.TextField(blank=True)  # of an extension: what the enterprise is told
    approver = models.CharField(max_length=12, blank=True)  # of an extension: the role that decides at its level
    ground = models.CharField(max_length=16, choices=Ground, blank=True)  # of a termination
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
            models.CheckConstraint(
                name="extension_names_its_date_and_approver",
                condition=~Q(kind="extension") | Q(until__isnull=False, approver__gt=""),
            ),
            models.CheckConstraint(
                name="termination_names_its_ground", condition=~Q(kind="termination") | Q(ground__gt="")
            ),
        ]

    def __str__(self):
        return f"{self.appeal_id} {self.kind}"

    @property
    def asked_by_head(self) -> bool:
        return self.asked_as == Part.HEAD

    @property
    def is_waiting(self) -> bool:
        return self.decided_at is None
