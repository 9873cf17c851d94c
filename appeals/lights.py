"""Which limit of an appeal comes next, and its light (product.md §5): values in, verdict out."""

from dataclasses import dataclass
from datetime import datetime

from appeals.states import Status
from routing.deadlines import ClockKind, Light, by_the_clock, light, remaining, yellow_at
from routing.workdays import Workdays

_AT_WORK = (Status.SIGNED, Status.PARKED)
_WITH_AN_OFFICE = (Status.DISPATCHED, Status.SIGNED)
_AFTER_REPLY = (Status.VISITING, Status.CLOSED)


def light_of(case, now: datetime) -> Light:
    """Red where any limit that runs is over, yellow where any soon will be; after the reply, met or red."""
    if case.status in _AT_WORK and case.paused_at:
        return Light.PAUSED
    if case.status in _AFTER_REPLY:
        return light(case.resolve_by, None, now, ended=case.replied_at)
    return light(case.due_by, case.yellow_at, now)


@dataclass(frozen=True)
class Countdown:
    """A limit that runs: `minutes` of working time left, negative where it is over, `day` of them in a day.

    `by_clock`: of the clock on the wall instead. `provisional`: the calendar of its year is not announced yet.
    """

    kind: ClockKind
    due: datetime
    minutes: int
    day: int
    by_clock: bool
    provisional: bool


def countdown(case, now: datetime, workdays: Workdays) -> Countdown | None:
    """The nearest limit of `case`; None where none runs."""
    if case.due_by is None:
        return None
    return countdown_to(ClockKind(case.due_kind), case.due_by, now, workdays, urgent=case.urgent)


def countdown_to(kind: ClockKind, due: datetime, now: datetime, workdays: Workdays, *, urgent: bool) -> Countdown:
    minutes, day = remaining(due, now, workdays), workday(workdays)
    # Urgent limits run day and night, and a limit may pass while nobody works: then the clock on the wall counts.
    by_clock = minutes == 0 or by_the_clock(kind, urgent=urgent)
    if by_clock:
        minutes, day = int((due - now).total_seconds() // 60), 24 * 60
    return Countdown(kind, due, minutes, day, by_clock, workdays.is_provisional(due))


def workday(workdays: Workdays) -> int:
    """How many minutes are worked on an ordinary day."""
    return sum(closes - opens for opens, closes in workdays.hours)


# What offices and the centre settle among each other is none of the enterprise's limits.
_AMONG_OFFICES = (ClockKind.HAND_BACK, ClockKind.EXTENSION, ClockKind.TERMINATION, ClockKind.ORDER)


def told_to_enterprise(case, now: datetime, workdays: Workdays) -> tuple[Light, Countdown | None]:
    """Light and countdown of the nearest limit that the enterprise itself waits for."""
    if case.due_kind not in _AMONG_OFFICES:
        return light_of(case, now), countdown(case, now, workdays)
    kind, due = min(_waited_for(case), key=lambda limit: limit[1], default=(None, None))
    if due is None:
        return Light.PAUSED if case.paused_at else Light.NONE, None
    return light(due, yellow_of(case, kind, due, workdays), now), countdown_to(
        kind, due, now, workdays, urgent=case.urgent
    )


def _waited_for(case):
    limits = {
        ClockKind.TRIAGE: case.triage_by if case.status == Status.TRIAGE else None,
        ClockKind.SIGN: case.sign_by if case.status == Status.DISPATCHED else None,
        ClockKind.CONTACT: case.contact_by if case.status in _WITH_AN_OFFICE and not case.contacted_at else None,
        ClockKind.RESOLVE: case.resolve_by if case.status in _WITH_AN_OFFICE else None,
    }
    return [(kind, due) for kind, due in limits.items() if due]


def yellow_of(case, kind: ClockKind, due: datetime, workdays: Workdays) -> datetime | None:
    """From when on the limit `due` of the present round is soon over."""
    if kind == ClockKind.TRIAGE:
        return case.yellow_at
    began_at = case.dispatched_at if case.round == 1 else case.signed_at
    return yellow_at(kind, began_at, due, workdays, urgent=case.urgent)
