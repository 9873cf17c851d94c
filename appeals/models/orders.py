"""What others owe a case: support 协办, answers to supervision orders 督办单, the outcome of a conference 会商."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from appeals.models.appeal import Appeal


class OrderQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(answered_at=None)

    def of_cases(self, cases):
        return self.filter(appeal__in=cases)

    def to(self, offices):
        return self.filter(department__in=offices)

    def with_people(self):
        return self.select_related("department", "answered_by")

    def issued_by(self, user_id):
        return self.filter(issued_by=user_id)

    def by_clocks(self, clocks):
        """Those of `clocks` that have written an order."""
        return self.filter(clock__in=clocks).values_list("clock", flat=True)


class SupportOrderQuerySet(OrderQuerySet):
    def waiting(self):
        return super().waiting().filter(lapsed_at=None)

    def lapse(self, at, offices):
        """What was asked of `offices` is not owed any more: the case has moved on."""
        return self.waiting().to(offices).update(lapsed_at=at)


class SupportOrder(models.Model):
    """The lead asks another office for its part (协办单), answered before the lead replies; else it lapses."""

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="supports")
    round = models.PositiveSmallIntegerField()
    department = models.ForeignKey("chains.Department", models.PROTECT, related_name="+")
    request = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)

    objects = SupportOrderQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at"]
        indexes = [
            models.Index(
                fields=["department", "due_at"],
                name="support_owed",
                condition=Q(answered_at=None, lapsed_at=None),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appeal", "department"],
                condition=Q(answered_at=None, lapsed_at=None),
                name="one_support_of_an_office_waits",
            ),
            models.CheckConstraint(
                name="answered_support_says_who_and_what",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False, answer__gt=""),
            ),
        ]

    def __str__(self):
        return f"{self.appeal_id} {self.department_id}"

    @property
    def is_waiting(self) -> bool:
        return self.answered_at is None and self.lapsed_at is None


class SupervisionOrder(models.Model):
    """An answer is wanted by a date (督办单) from whoever holds the case: `department` empty, the centre.

    A supervisor or leader issues it, or a `clock` that is late (product.md §5).
    """

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="orders")
    department = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")
    order = models.TextField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    clock = models.OneToOneField("appeals.Clock", models.CASCADE, null=True, blank=True, related_name="+")
    issued_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["issued_at"]
        indexes = [models.Index(fields=["appeal", "answer_by"], name="orders_owed", condition=Q(answered_at=None))]
        constraints = [
            models.CheckConstraint(
                name="answered_order_says_who_and_what",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False, answer__gt=""),
            ),
            models.CheckConstraint(
                name="order_comes_from_a_person_or_a_clock",
                condition=Q(issued_by__isnull=False, clock=None) | Q(issued_by=None, clock__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.appeal_id} {self.issued_at:%Y-%m-%d}"


class ConferenceQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(concluded_at=None)


class Conference(models.Model):
    """Offices meet about a case (会商) on a day; concluded once the director writes down what was agreed."""

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="conferences")
    departments = ArrayField(models.CharField(max_length=20))
    on = models.DateField()
    agenda = models.TextField()
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    conclusion = models.TextField(blank=True)
    concluded_at = models.DateTimeField(null=True)

    objects = ConferenceQuerySet.as_manager()

    class Meta:
        ordering = ["called_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["appeal"], condition=Q(concluded_at=None), name="one_conference_of_a_case_waits"
            )
        ]

    def __str__(self):
        return f"{self.appeal_id} {self.on}"
