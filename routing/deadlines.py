"""Limits (时限), lights and rungs of the clocks of an appeal: product.md §5. Working minutes unless said otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import reduce

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chains.taxonomy import Level
from routing.ladder import DEFAULT_RUNGS, Step, ladder_of
from routing.workdays import Workdays


class ClockKind(TextChoices):
    TRIAGE = "triage", _("Triage")
    SIGN = "sign", _("Sign")
    CONTACT = "contact", _("Contact")
    RESOLVE = "resolve", _("Resolve")
    HAND_BACK = "hand_back", _("Decision on the hand-back")
    EXTENSION = "extension", _("Decision on the extension")
    TERMINATION = "termination", _("Decision on the termination")
    SUPPORT = "support", _("Support")
    MEASURE = "measure", _("First measure")
    PROGRESS = "progress", _("Progress")
    ORDER = "order", _("Supervision order")
    REVIEW = "review", _("Review")
    VISIT = "visit", _("Rating")


class Light(TextChoices):
    GREEN = "green", _("In time")
    YELLOW = "yellow", _("Soon due")
    RED = "red", _("Overdue")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    NONE = "none", _("No limit")


class Unit(StrEnum):
    MINUTES = "minutes"  # of working time
    CLOCK = "clock"  # minutes day and night
    WORKDAYS = "workdays"
    DAYS = "days"  # calendar days


@dataclass(frozen=True)
class Span:
    """How long a clock may run."""

    amount: int
    unit: Unit

    def after(self, start: datetime, workdays: Workdays) -> datetime:
        """The limit of a clock begun at `start`."""
        if self.unit == Unit.MINUTES:
            return workdays.add(start, self.amount)
        if self.unit == Unit.CLOCK:
            return start.astimezone(workdays.zone) + timedelta(minutes=self.amount)
        if self.unit == Unit.WORKDAYS:
            return workdays.close_after(start, self.amount)
        return _close_of_calendar_day(start, self.amount, workdays)


def _close_of_calendar_day(start, days, workdays) -> datetime:
    """17:30 of the n-th calendar day, or of the last workday before it: 保障中小企业款项支付条例 (2025) §25."""
    day = workdays.on_or_before(start.astimezone(workdays.zone).date() + timedelta(days=days))
    return datetime.combine(day, time(17, 30), workdays.zone)


def _hours(count: int) -> Span:
    return Span(count * 60, Unit.MINUTES)


def _workdays(count: int) -> Span:
    return Span(count, Unit.WORKDAYS)


class Approver(TextChoices):
    """Who decides on more time."""

    HEAD = "head", _("Department head")
    TRIAGE = "triage", _("Triage officer")
    DIRECTOR = "director", _("Centre director")
    LEADER = "leader", _("Leader")


@dataclass(frozen=True)
class Extension:
    """How much longer a case of a level may take, once a round: `days` workdays (延期), and who grants it."""

    days: int
    approver: str


@dataclass(frozen=True)
class Policy:
    """The limits in force: by (clock, level) and, for urgent appeals, by clock; extensions by level; the rungs."""

    by_level: Mapping[tuple[str, str], Span]
    urgent: Mapping[str, Span]
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    rungs: Mapping[tuple[str, str], Step] = field(default_factory=lambda: DEFAULT_RUNGS)

    def span(self, clock: str, level: str, *, urgent: bool) -> Span:
        if urgent and clock in self.urgent:
            return self.urgent[clock]
        return self.by_level.get((clock, level)) or self.by_level[clock, ""]


_SIGN, _CONTACT, _RESOLVE = ClockKind.SIGN, ClockKind.CONTACT, ClockKind.RESOLVE
DEFAULT_POLICY = Policy(
    by_level={
        (ClockKind.TRIAGE, ""): _hours(4),
        (_SIGN, Level.S): _hours(2),
        (_SIGN, Level.A): _hours(4),
        (_SIGN, ""): _workdays(1),
        (_CONTACT, Level.S): _hours(2),
        (_CONTACT, Level.A): _hours(1),  # after the signature
        (_CONTACT, ""): _workdays(1),
        (_RESOLVE, Level.S): _workdays(1),
        (_RESOLVE, Level.A): _workdays(3),
        (_RESOLVE, Level.B): _workdays(5),  # 上海市优化营商环境条例 §49, as for C
        (_RESOLVE, Level.C): _workdays(15),
        (_RESOLVE, Level.D): _workdays(60),
        (_RESOLVE, Level.L): Span(30, Unit.DAYS),  # 保障中小企业款项支付条例 (2025) §25
        (ClockKind.HAND_BACK, ""): _workdays(1),
        (ClockKind.EXTENSION, ""): _workdays(1),
        (ClockKind.TERMINATION, ""): _workdays(1),
        (ClockKind.REVIEW, ""): _workdays(1),
        (ClockKind.VISIT, ""): _workdays(10),  # then the case closes unrated
        (ClockKind.SUPPORT, ""): _workdays(3),
        (ClockKind.PROGRESS, ""): Span(30, Unit.DAYS),
        (ClockKind.ORDER, ""): _workdays(2),  # of one that a clock wrote; a supervisor names the day
    },
    urgent={
        ClockKind.TRIAGE: Span(15, Unit.CLOCK),
        _SIGN: Span(30, Unit.CLOCK),
        _CONTACT: Span(60, Unit.CLOCK),
        ClockKind.MEASURE: Span(24 * 60, Unit.CLOCK),
    },
    extensions={
        Level.A: Extension(2, Approver.HEAD),
        Level.B: Extension(5, Approver.TRIAGE),
        Level.C: Extension(15, Approver.DIRECTOR),
        Level.D: Extension(60, Approver.LEADER),
        Level.L: Extension(0, Approver.DIRECTOR),  # to the 90th day, whatever is left
    },
)


def spans(kind: str, level: str, policy: Policy, *, urgent: bool, is_signed: bool = False) -> tuple[Span, ...]:
    """What a clock may take, one stretch after the other, from the moment it counts from.

    At level A the contact counts from the signature: until somebody has signed, from the limit of signing.
    """
    own = policy.span(kind, level, urgent=urgent and kind != _RESOLVE)  # resolving takes what it takes
    if kind == _CONTACT and level == Level.A and not urgent and not is_signed:
        return policy.span(_SIGN, level, urgent=False), own
    return (own,)


def counted(start: datetime, spans: Sequence[Span], workdays: Workdays) -> datetime:
    """The end of `spans`, one after the other from `start`."""
    return reduce(lambda moment, span: span.after(moment, workdays), spans, start)


@dataclass(frozen=True)
class Limits:
    sign_by: datetime
    contact_by: datetime
    resolve_by: datetime
    provisional: bool


def limits(level: str, start: datetime, workdays: Workdays, *, urgent: bool, policy: Policy = DEFAULT_POLICY) -> Limits:
    """Sign, contact and resolve limits of a round dispatched at `start` (aware)."""
    found = [
        counted(start, spans(kind, level, policy, urgent=urgent), workdays) for kind in (_SIGN, _CONTACT, _RESOLVE)
    ]
    return Limits(*found, workdays.is_provisional(max(found)))


def hand_back_by(dispatched_at: datetime, workdays: Workdays) -> datetime:
    """Close of business of the second workday after dispatch."""
    return workdays.close_after(dispatched_at, 2)


def invitation_at(passed_at: datetime, workdays: Workdays) -> datetime:
    return workdays.close_after(passed_at, 3)


OWNED_PROGRESS = Span(5, Unit.WORKDAYS)  # of a case that a leader owns (包案)
_LAST_STATUTORY_DAY = 90  # 保障中小企业款项支付条例 (2025) §25
_PROMISED_WITHIN = 5  # workdays after the signature


def extension_until(
    level: str, due: datetime, dispatched_at: datetime, workdays: Workdays, policy: Policy = DEFAULT_POLICY
) -> datetime | None:
    """The latest limit an extension of a case due at `due` may bring; None where the level knows no extension."""
    extension = policy.extensions.get(level)
    if extension is None:
        return None
    if level == Level.L:
        return _close_of_calendar_day(dispatched_at, _LAST_STATUTORY_DAY, workdays)
    return workdays.close_after(due, extension.days)


def extension_asked_by(level: str, due: datetime, workdays: Workdays) -> datetime:
    """Until when more time may be asked for: the workday before the limit, at level A four working hours before."""
    if level == Level.A:
        return workdays.subtract(due, 4 * 60)
    return workdays.close_of(workdays.on_or_before(due.astimezone(workdays.zone).date() - timedelta(days=1)))


def promise_by(signed_at: datetime, workdays: Workdays) -> datetime:
    """Until when the date of a hard case may be promised."""
    return workdays.close_after(signed_at, _PROMISED_WITHIN)


def resume(due: datetime, lost_minutes: int, workdays: Workdays) -> datetime:
    """A limit moved by the working minutes that a pause or a review took."""
    return workdays.add(due, lost_minutes)


def by_the_clock(kind: ClockKind, *, urgent: bool) -> bool:
    """Whether the clock runs day and night: the first ones of an urgent appeal do."""
    return urgent and kind in (ClockKind.TRIAGE, ClockKind.SIGN, ClockKind.CONTACT, ClockKind.MEASURE)


_SHARE = 0.2
_LONG_CLOCK = 3 * 420
_LEAST_FOR_LONG = 420


def yellow_at(kind: ClockKind, start: datetime, due: datetime, workdays: Workdays, *, urgent: bool) -> datetime:
    """From when on a fifth of the clock is left; for clocks of three workdays and more at least a day (420 min)."""
    if by_the_clock(kind, urgent=urgent):
        return due - (due - start) * _SHARE
    length = workdays.elapsed(start, due)
    left = int(length * _SHARE)
    if length >= _LONG_CLOCK:
        left = max(_LEAST_FOR_LONG, left)
    return max(start.astimezone(workdays.zone), workdays.subtract(due, left))


def light(due: datetime | None, yellow: datetime | None, now: datetime, *, ended: datetime | None = None) -> Light:
    """The light of a clock with the limit `due`: red from the first minute over, met only if it ended in time."""
    if due is None:
        return Light.NONE
    if ended:
        return Light.MET if ended <= due else Light.RED
    if now > due:
        return Light.RED
    return Light.YELLOW if yellow and now >= yellow else Light.GREEN


@dataclass(frozen=True)
class Rung:
    name: str
    at: datetime


ESCALATE = "escalate"  # the rung that lifts a case one tier; armed by the third redo


def rungs(
    kind: ClockKind,
    start: datetime,
    due: datetime,
    workdays: Workdays,
    *,
    urgent: bool,
    policy: Policy = DEFAULT_POLICY,
) -> list[Rung]:
    """What happens on a clock and when, in order. Who is told stands in its ladder."""
    if kind == ClockKind.VISIT:
        return [Rung("invite", invitation_at(start, workdays)), Rung("close", due)]
    return [
        Rung(step.name, _comes_at(step, kind, start, due, workdays, urgent=urgent))
        for step in ladder_of(kind, policy.rungs)
    ]


def _comes_at(step, kind, start, due, workdays, *, urgent) -> datetime:
    if step.workdays is None:
        return yellow_at(kind, start, due, workdays, urgent=urgent)
    return workdays.close_after(due, step.workdays) if step.workdays else due


def remaining(due: datetime, now: datetime, workdays: Workdays) -> int:
    """Working minutes left until `due`; negative: over by so many."""
    return workdays.elapsed(now, due)
