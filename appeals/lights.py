"""Which limit of an appeal comes next, and its light (product.md §5): values in, verdict out."""

from dataclasses import dataclass
from datetime import datetime

from appeals.states import Status
from routing.deadlines import ClockKind, Light, by_the_clock, light, remaining
from routing.workdays import Workdays

_AT_WORK = (Status.SIGNED, Status.PARKED)
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
    """The nearest limit that runs. `minutes` of working time left (of the clock where `by_clock`); negative: over."""

    kind: ClockKind
    due: datetime
    minutes: int
    by_clock: bool


def countdown(case, now: datetime, workdays: Workdays) -> Countdown | None:
    """None where no limit runs."""
    if case.due_by is None:
        return None
    kind = ClockKind(case.due_kind)
    minutes = remaining(case.due_by, now, workdays)
    # Urgent limits run day and night, and a limit may pass while nobody works: then the clock on the wall counts.
    by_clock = minutes == 0 or by_the_clock(kind, urgent=case.urgent)
    if by_clock:
        minutes = int((case.due_by - now).total_seconds() // 60)
    return Countdown(kind, case.due_by, minutes, by_clock)
