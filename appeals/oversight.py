"""Reminders and escalation by the clock (催办·督办): every due rung fires exactly once, in order."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import DatabaseError, OperationalError, transaction

from appeals import clocks, escalation, followup, notices, sealing
from appeals.models import Appeal, Event, Timer
from appeals.row import WITH_AN_OFFICE
from appeals.states import Part, Refused
from chains.taxonomy import Tier
from routing.deadlines import ESCALATE, LATE_RUNGS

BATCH = 500
_TOP = LATE_RUNGS[-1][0]
# What a broken row can raise. A lost connection is not the row's fault: it ends the sweep, and the next one repeats.
_BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DatabaseError, Refused)


def sweep(now: datetime, *, batch: int = BATCH) -> int:
    """Fire every timer that is due at `now`; any number of sweepers may run. Returns how many fired."""
    fired = 0
    while count := _sweep_batch(now, batch):
        fired += count
    return fired


def _sweep_batch(now, batch) -> int:
    try:
        with transaction.atomic():
            timers = _claim(now, batch)
            return _fire(timers + (_others_of(timers, now) if len(timers) == batch else []), now)
    except OperationalError:
        raise
    except _BROKEN:
        return _sweep_one_by_one(now, batch)


def _claim(now, limit, **only) -> list[Timer]:
    # Timer and appeal are locked together and never waited for: an officer at work on the case keeps it, and
    # the next sweep finds the timer again. So no deadlock, and the rungs of one appeal stay in order.
    due = Timer.objects.due(now).filter(**only).order_by("due_at", "pk")
    due = due.select_related("clock__appeal__lead", "clock__appeal__topic")
    return list(due.select_for_update(skip_locked=True, no_key=True, of=("self", "clock__appeal"))[:limit])


def _others_of(timers, now) -> list[Timer]:
    """What else is due on the same appeals, beyond a full batch: one appeal is told of once."""
    appeals = {timer.clock.appeal_id for timer in timers}
    claimed = {timer.pk for timer in timers}
    return [timer for timer in _claim(now, None, clock__appeal__in=appeals) if timer.pk not in claimed]


def _sweep_one_by_one(now, batch) -> int:
    """After a failed batch: only the broken timer is set aside, with its error."""
    fired = 0
    for pk in list(Timer.objects.due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:batch]):
        try:
            with transaction.atomic():
                fired += _fire(_claim(now, 1, pk=pk), now)
        except OperationalError:
            raise
        except _BROKEN as broken:
            Timer.objects.filter(pk=pk).update(error=f"{type(broken).__name__}: {broken}"[:500])
    return fired


def _fire(timers: Sequence[Timer], now: datetime) -> int:
    """Events, notices and closings of claimed timers, in bulk, in the caller's transaction."""
    if not timers:
        return 0
    Timer.objects.filter(pk__in=[timer.pk for timer in timers]).update(fired_at=now)
    closings = [timer for timer in timers if timer.rung == "close"]
    reminders = [timer for timer in timers if timer.rung not in ("close", ESCALATE)]
    _remind(reminders, now, ending={t.clock.appeal_id for t in closings})
    for timer in closings:
        followup.close_unrated(timer.clock.appeal, at=now, late_by=_late_by(timer, now))
    for timer in {timer.clock.appeal_id: timer for timer in timers if _lifts(timer)}.values():
        escalation.escalate_by_clock(timer.clock.appeal, at=now, late_by=_late_by(timer, now))
    return len(timers)


def _lifts(timer) -> bool:
    """The third redo lifts any case, the top rung one that a park or county leads (product.md §3)."""
    case = timer.clock.appeal
    if timer.rung == ESCALATE:
        return True
    of_the_office = timer.rung == _TOP and timer.clock.kind in clocks.ROUND
    return of_the_office and case.status in WITH_AN_OFFICE and case.lead.tier != Tier.CITY


def _remind(timers, now, ending):
    cases: dict[int, Appeal] = {}
    written: dict[int, list[Event]] = defaultdict(list)
    for timer in timers:
        case = cases.setdefault(timer.clock.appeal_id, timer.clock.appeal)
        case.last_seq += 1
        if timer.rung == _TOP:
            case.escalated_at = now
        event = _event(case, timer, now)
        sealing.seal(case, event)
        written[case.pk].append(event)
    Event.objects.bulk_create(event for events in written.values() for event in events)
    Appeal.objects.bulk_update(cases.values(), ["last_seq", "last_hash", "escalated_at"])
    # The closing that follows at once says more than the invitation to prevent it.
    told = [
        (cases[pk], event) for pk, events in written.items() if pk not in ending for event in _worth_telling(events)
    ]
    notices.announce_all(told, now)


# A sweep runs every thirty seconds: what comes later than this comes after a standstill.
_STANDSTILL = 10  # minutes
_HEIGHT = {name: height for height, name in enumerate(("yellow", "due", *(name for name, _days in LATE_RUNGS)))}


def _worth_telling(events: list[Event]) -> list[Event]:
    """Each rung that fires in time; after a standstill the highest one of the appeal speaks for all."""
    if max(event.late_by for event in events) < _STANDSTILL:
        return events
    return [max(events, key=lambda event: (_HEIGHT.get(event.verb, -1), event.seq))]


def _late_by(timer, now) -> int:
    return int((now - timer.due_at).total_seconds() // 60)


def _event(case, timer, now):
    return Event(
        appeal=case,
        seq=case.last_seq,
        at=now,
        verb=timer.rung,
        part=Part.AUTOMATIC,
        from_status=case.status,
        to_status=case.status,
        round=case.round,
        internal=timer.rung != "invite",
        data=_of_clock(timer),
        late_by=_late_by(timer, now),
    )


def _of_clock(timer):
    about = {"clock": timer.clock.kind, "due_at": timer.due_at.isoformat()}
    return about | ({"subject": timer.clock.subject} if timer.clock.subject else {})
