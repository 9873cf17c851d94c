"""Clocks of an appeal and the timers on them (product.md §5)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appeals.models.appeal import Appeal
from routing import calendar
from routing.deadlines import ClockKind
from routing.workdays import Workdays

_OWN = "appeal kind subject office started_at due_at terms generation provisional paused_minutes stopped_at".split()

_OF_THE_CASE = [f"appeal__{name}" for name in ("urgent", "level", "signed_at", "owner")]


class ClockQuerySet(models.QuerySet):
    def running(self):
        return self.filter(ended_at=None)

    def stopped(self):
        return self.filter(stopped_at__isnull=False)

    def ticking(self):
        return self.filter(stopped_at=None)

    def with_case(self):
        """Beside each clock what its rungs depend on."""
        return self.select_related("appeal").only(*_OWN, *_OF_THE_CASE)

    def of_cases(self, cases):
        return self.filter(appeal__in=cases)

    def about(self, subject):
        return self.filter(subject=subject)

    def by_time_of(self, office):
        return self.filter(office=office)

    def of_kind(self, kind):
        return self.filter(kind=kind)

    def of_kinds(self, kinds):
        return self.filter(kind__in=kinds)

    def of_round(self, round):
        return self.filter(round=round)


class Clock(models.Model):
    """One limit from start to end. A moved limit raises `generation`; the timers of older ones never fire."""

    class Verdict(models.TextChoices):
        MET = "met", _("Met")
        LATE = "late", _("Late")
        VOID = "void", _("Without a verdict")

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=12, choices=ClockKind)
    subject = models.CharField(max_length=20, blank=True)  # which support or order, where several may run
    round = models.PositiveSmallIntegerField()
    generation = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()  # what `terms` give by the calendar of today
    terms = models.JSONField(default=dict)  # routing.terms, as they are written; empty: the limit stays where it is
    office = models.CharField(max_length=20, blank=True)  # whose working time counts; empty: the city's
    provisional = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)  # stands still since: paused, parked or merged
    ended_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=4, choices=Verdict, blank=True)
    used_minutes = models.PositiveIntegerField(null=True)  # of working time, pauses taken out
    paused_minutes = models.PositiveIntegerField(default=0)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["appeal", "kind"], name="clocks_of_an_appeal")]
        constraints = [
            models.UniqueConstraint(
                fields=["appeal", "kind", "subject"], condition=Q(ended_at=None), name="one_clock_of_a_kind_runs"
            ),
            models.CheckConstraint(
                name="ended_clock_has_a_verdict",
                condition=Q(ended_at=None, verdict="") | (Q(ended_at__isnull=False) & ~Q(verdict="")),
            ),
        ]

    def __str__(self):
        return f"{self.appeal_id} {self.kind} {self.due_at}"

    @property
    def workdays(self) -> Workdays:
        return calendar.workdays(self.office)


class TimerQuerySet(models.QuerySet):
    def armed(self):
        return self.filter(fired_at=None, cancelled_at=None)

    def fired(self):
        return self.filter(fired_at__isnull=False)

    def of(self, clocks):
        return self.filter(clock__in=clocks)

    def of_running_clocks(self, case):
        """Whatever was armed on the clocks of `case` that run or stand still, clock by clock."""
        return self.filter(clock__appeal=case, clock__ended_at=None).select_related("clock").order_by("clock_id", "pk")

    def due(self, now):
        return self.armed().filter(due_at__lte=now, error="")

    def set_aside(self):
        """What broke when it fired, and waits to be tried again."""
        return self.armed().exclude(error="")

    def to_try_again(self, now):
        return self.set_aside().filter(retry_at__lte=now)

    def among(self, pks):
        return self.filter(pk__in=pks)

    def besides(self, pks):
        return self.exclude(pk__in=pks)

    def on_cases(self, cases):
        return self.filter(clock__appeal__in=cases)

    def with_cases(self):
        """With what the clock work reads of a case: no long texts, nothing that has to be decrypted."""
        unread = ("description", "contact_name", "contact_phone", "candidates", "reply_text", "rating_comment")
        # Few offices and topics, many cases: each is read once.
        related = self.select_related("clock__appeal").prefetch_related("clock__appeal__lead", "clock__appeal__topic")
        return related.defer(*(f"clock__appeal__{name}" for name in unread))

    def next_due(self):
        """The moment at which the next timer fires, or None."""
        return self.armed().filter(error="").order_by("due_at").values_list("due_at", flat=True).first()


class Timer(models.Model):
    """A rung on a clock: fires once, at `due_at` or as soon after as a sweep runs."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="timers", verbose_name=_("clock"))
    rung = models.CharField(_("rung"), max_length=10)
    generation = models.PositiveSmallIntegerField(_("generation of the limit"))
    due_at = models.DateTimeField(_("due"))
    fired_at = models.DateTimeField(_("fired"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    error = models.TextField(_("error"), blank=True)  # why it was set aside
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)  # that failed
    retry_at = models.DateTimeField(_("tried again at"), null=True)

    objects = TimerQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name, verbose_name_plural = _("timer"), _("timers set aside")
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="timers_armed",
                condition=Q(fired_at=None, cancelled_at=None, error=""),
            ),
            models.Index(
                fields=["retry_at"],
                name="timers_set_aside",
                condition=Q(fired_at=None, cancelled_at=None) & ~Q(error=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["clock", "rung", "generation"], name="a_rung_is_armed_once"),
            models.CheckConstraint(
                name="a_timer_fires_or_is_cancelled",
                condition=Q(fired_at=None) | Q(cancelled_at=None),
            ),
            models.CheckConstraint(
                name="a_timer_never_fires_early", condition=Q(fired_at=None) | Q(fired_at__gte=F("due_at"))
            ),
            models.CheckConstraint(
                name="what_is_set_aside_is_tried_again", condition=Q(error="") | Q(retry_at__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.clock_id} {self.rung} {self.due_at}"
