"""Rows that officers may change (calendar, limits, rungs), the trained models, and the outbox."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chains.taxonomy import Level
from routing.classification import FORM
from routing.deadlines import Approver, ClockKind
from routing.ladder import DEFAULT_RUNGS, Effect, RungName, Step, Told, is_rising


class CalendarYear(models.Model):
    """A year whose workdays the State Council has announced (国务院办公厅放假通知)."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    source = models.CharField(_("source"), max_length=200)
    loaded_at = models.DateTimeField(_("loaded at"))

    class Meta:
        ordering = ["year"]
        verbose_name, verbose_name_plural = _("announced year"), _("announced years")

    def __str__(self):
        return str(self.year)


class LocalQuerySet(models.QuerySet):
    def everywhere(self):
        """The rows of the whole city, not of one department."""
        return self.filter(department=None)

    def of_office(self, department):
        """Of a department, or with None of the whole city."""
        return self.filter(department=department)


class SpecialDayQuerySet(LocalQuerySet):
    def of_year(self, year):
        return self.filter(day__year=year)

    def between(self, first, last):
        return self.filter(day__range=(first, last))


class SpecialDay(models.Model):
    """A day that differs from its weekday: a holiday, a make-up workday (调休) or, with spans of its own, a short day.

    `department`: for it alone, and before the city's. `by_notice`: announced by the State Council, not by an officer.
    """

    day = models.DateField(_("day"))
    is_workday = models.BooleanField(_("is a workday"))
    name = models.CharField(_("name"), max_length=50)
    department = models.ForeignKey(
        "chains.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="special_days",
        verbose_name=_("only for the department"),
    )
    by_notice = models.BooleanField(_("announced by the State Council"), default=False, editable=False)

    objects = SpecialDayQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        verbose_name, verbose_name_plural = _("special day"), _("special days")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "department"], name="special_day_is_named_once", nulls_distinct=False
            )
        ]

    def __str__(self):
        return f"{self.day} {self.name}"


class WorkingSpanQuerySet(LocalQuerySet):
    def usual(self):
        """Of every ordinary workday, not of one day."""
        return self.filter(special_day=None)

    def of_days(self):
        return self.exclude(special_day=None)


class WorkingSpan(models.Model):
    """A stretch of a working day, in minutes after midnight: of every day, of one `department`, or of one short day."""

    opens = models.PositiveSmallIntegerField(_("opens, minutes after midnight"))
    closes = models.PositiveSmallIntegerField(_("closes, minutes after midnight"))
    department = models.ForeignKey(
        "chains.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="working_spans",
        verbose_name=_("only for the department"),
    )
    special_day = models.ForeignKey(
        SpecialDay, models.CASCADE, null=True, blank=True, related_name="spans", verbose_name=_("only on the day")
    )

    objects = WorkingSpanQuerySet.as_manager()

    class Meta:
        ordering = ["opens"]
        verbose_name, verbose_name_plural = _("working hours"), _("working hours")
        constraints = [
            models.CheckConstraint(
                name="working_span_lies_within_a_day",
                condition=Q(opens__lt=F("closes"), closes__lte=1440),
            ),
            models.CheckConstraint(
                name="the_span_of_a_day_is_the_offices_of_the_day",
                condition=Q(special_day=None) | Q(department=None),
            ),
        ]

    def __str__(self):
        return f"{self.opens // 60:02}:{self.opens % 60:02}–{self.closes // 60:02}:{self.closes % 60:02}"


class LimitPolicyQuerySet(models.QuerySet):
    def in_force(self, today):
        """The newest row of each clock, level and urgency that has begun by `today`."""
        begun = self.filter(valid_from__lte=today)
        return begun.order_by("clock", "level", "urgent", "-valid_from").distinct("clock", "level", "urgent")


class LimitPolicy(models.Model):
    """A limit (时限) of one clock at one level, from a day on. A changed limit touches new clocks only."""

    class Unit(models.TextChoices):  # of routing.deadlines, in words
        WORKING_MINUTES = "minutes", _("working minutes")
        CLOCK_MINUTES = "clock", _("clock minutes, day and night")
        WORKDAYS = "workdays", _("working days")
        CALENDAR_DAYS = "days", _("calendar days")

    clock = models.CharField(_("clock"), max_length=12, choices=ClockKind)
    level = models.CharField(_("level"), max_length=1, blank=True, choices=Level)  # empty: every level
    urgent = models.BooleanField(_("urgent"), default=False)
    amount = models.PositiveIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    extension_days = models.PositiveSmallIntegerField(_("working days of an extension"), null=True, blank=True)
    approver = models.CharField(_("approver"), max_length=12, blank=True, choices=Approver)
    valid_from = models.DateField(_("valid from"))

    objects = LimitPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["clock", "level", "urgent", "-valid_from"]
        verbose_name, verbose_name_plural = _("limit"), _("limits")
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "level", "urgent", "valid_from"], name="limit_is_set_once_from_a_day"
            )
        ]

    def __str__(self):
        words = [self.get_clock_display(), self.level, _("urgent") if self.urgent else ""]
        return " ".join([*map(str, filter(None, words)), str(self.amount), str(self.get_unit_display())])


class RungPolicyQuerySet(models.QuerySet):
    def besides(self, row):
        return self.exclude(pk=row.pk)

    def in_force(self, today):
        """The newest row of each clock and rung that has begun by `today`."""
        begun = self.filter(valid_from__lte=today)
        return begun.order_by("clock", "rung", "-valid_from").distinct("clock", "rung")


class RungPolicy(models.Model):
    """A rung (催办档位) of every clock or of one, from a day on; without people and effect it is left out.

    The moments of a running clock stay as they were armed; whom a rung tells and what it does is read when it fires.
    """

    clock = models.CharField(
        _("clock"), max_length=12, choices=ClockKind, blank=True, help_text=_("Empty: every clock.")
    )
    rung = models.CharField(_("rung"), max_length=10, choices=RungName)
    workdays = models.PositiveSmallIntegerField(
        _("working days after the limit"), null=True, blank=True, help_text=_("0: at the limit. Empty: yellow light.")
    )
    tells = ArrayField(models.CharField(max_length=12, choices=Told), verbose_name=_("tells"), blank=True, default=list)
    effect = models.CharField(_("effect"), max_length=10, choices=Effect, blank=True)
    valid_from = models.DateField(_("valid from"))

    objects = RungPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["clock", "rung", "-valid_from"]
        verbose_name, verbose_name_plural = _("rung"), _("rungs")
        constraints = [
            models.UniqueConstraint(fields=["clock", "rung", "valid_from"], name="rung_is_set_once_from_a_day"),
            models.CheckConstraint(
                name="rung_comes_when_its_name_says",
                condition=Q(rung="yellow", workdays=None)
                | Q(rung="due", workdays=0)
                | Q(rung__in=["plus1", "plus3", "plus5"], workdays__gte=1),
                violation_error_message=_("Empty for the yellow light, 0 at the limit, at least 1 after it."),
            ),
        ]

    def __str__(self):
        return f"{self.clock or '*'} {self.rung} {self.valid_from}"

    @property
    def step(self) -> Step:
        return Step(self.rung, self.workdays, frozenset(self.tells), self.effect)

    def clean(self):
        """With what is in force beside it the ladder still rises from rung to rung."""
        if self.valid_from is None or not self.rung:
            return
        beside = RungPolicy.objects.besides(self).in_force(self.valid_from)
        rungs = {**DEFAULT_RUNGS, **{(row.clock, row.rung): row.step for row in beside}}
        if not is_rising({**rungs, (self.clock, self.rung): self.step}):
            raise ValidationError({"workdays": _("The rungs after the limit have to come one after the other.")})


class Label(models.Model):
    """What a person decided an appeal is about: the classifier learns from it. No topic: out of scope."""

    number = models.CharField(max_length=17, primary_key=True)  # of the appeal; a later decision replaces the former
    title = models.CharField(max_length=80)
    description = models.TextField()
    topic = models.ForeignKey("chains.Topic", models.PROTECT, null=True, related_name="labels")
    source = models.CharField(max_length=12)  # the verb that decided
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"{self.number} {self.topic_id or '–'}"


class ModelVersionQuerySet(models.QuerySet):
    def champion(self):
        """The version in force, if its arrays have a form that this release reads."""
        return self.filter(is_champion=True, form=FORM)

    def champion_pk(self):
        """None before the first training, and after a release that changed the form of the arrays."""
        return self.champion().values_list("pk", flat=True).first()


class ModelVersion(models.Model):
    """A trained classifier. Exactly one is the champion; every other is kept for comparison and return."""

    blob = models.BinaryField(_("arrays"))
    form = models.PositiveSmallIntegerField(
        _("form of the arrays"), default=0
    )  # of the blob: classification.FORM when it was written
    metrics = models.JSONField(_("measures"), default=dict)
    held_out = models.JSONField(
        _("held-out texts"), default=dict
    )  # digest of text and topic → right, by a model that had not seen it
    corpus = models.CharField(_("digest of the texts"), max_length=64)  # digest of what it was trained on
    created_at = models.DateTimeField(_("trained at"))
    promoted_at = models.DateTimeField(_("promoted at"), null=True)
    is_champion = models.BooleanField(_("in force"), default=False)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name, verbose_name_plural = _("trained classifier"), _("trained classifiers")
        constraints = [
            models.UniqueConstraint(fields=["is_champion"], condition=Q(is_champion=True), name="one_model_is_champion")
        ]

    def __str__(self):
        return f"{self.pk} {self.created_at:%Y-%m-%d}"


class NoticeQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(state=Notice.State.WAITING, due_at__lte=now)

    def in_state(self, state):
        return self.filter(state=state)

    def inbox_of(self, user):
        return self.filter(recipient=user, channel=Notice.Channel.INBOX, state=Notice.State.SENT)

    def unread(self):
        return self.filter(read_at=None)

    def of_cause(self, cause):
        return self.filter(cause=cause)

    def created_before(self, moment):
        return self.filter(created_at__lt=moment)

    def older_than(self, notice):
        """What stands below `notice` in the order of the inbox."""
        below = Q(created_at=notice.created_at, pk__lt=notice.pk) | Q(created_at__lt=notice.created_at)
        return self.filter(below, created_at__lte=notice.created_at)


class Notice(models.Model):
    """The outbox and, once sent, the inbox (消息): one row per cause, recipient and channel."""

    class Channel(models.TextChoices):
        INBOX = "inbox", _("Inbox")
        MAIL = "mail", _("Mail")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    cause = models.CharField(max_length=60)  # what happened, e.g. "QY2026…:7" (appeal and event)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    channel = models.CharField(max_length=10, choices=Channel)
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=17, blank=True)
    params = models.JSONField(default=dict)  # the words are made when shown, in the reader's language
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], name="notices_waiting", condition=Q(state="waiting")),
            models.Index(fields=["recipient", "-created_at"], name="inbox", condition=Q(channel="inbox", state="sent")),
            models.Index(
                fields=["recipient"],
                name="inbox_unread",
                condition=Q(channel="inbox", state="sent", read_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "recipient", "channel"], name="a_cause_reaches_a_recipient_once_by_a_channel"
            ),
            models.CheckConstraint(name="sent_notice_says_when", condition=~Q(state="sent") | Q(sent_at__isnull=False)),
        ]

    def __str__(self):
        return f"{self.cause} → {self.recipient_id} ({self.channel})"
