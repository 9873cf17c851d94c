"""Reminders and escalation by the clock (催办·督办): every due rung fires exactly once, in order."""

from collections.abc import Sequence
from datetime import datetime

from django.db import DatabaseError, OperationalError, transaction

from appeals import followup, notices
from appeals.models import Appeal, Event, Timer
from appeals.states import Part, Refused

BATCH = 500
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
            return _fire(_claim(now, batch), now)
    except OperationalError:
        raise
    except _BROKEN:
        return _sweep_one_by_one(now, batch)


def _claim(now, limit, **only) -> list[Timer]:
    # Timer and appeal are locked together and never waited for: an officer at work on the case keeps it, and
    # the next sweep finds the timer again. So no deadlock, and the rungs of one appeal stay in order.
    due = Timer.objects.due(now).filter(**only).order_by("due_at", "pk")
    due = due.select_related("clock__appeal__lead", "clock__appeal__topic")
    return list(due.select_for_update(skip_locked=True, of=("self", "clock__appeal"))[:limit])


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
    reminders = [timer for timer in timers if timer.rung != "close"]
    _remind(reminders, now)
    for timer in closings:
        followup.close_unrated(timer.clock.appeal, at=now)
    return len(timers)


def _remind(timers, now):
    cases: dict[int, Appeal] = {}
    told: dict[int, Event] = {}
    events = []
    for timer in timers:
        case = cases.setdefault(timer.clock.appeal_id, timer.clock.appeal)
        case.last_seq += 1
        events.append(_event(case, timer, now))
        # Rungs that fire together after a standstill make one notice, of the highest.
        told[case.pk] = events[-1]
    Event.objects.bulk_create(events)
    Appeal.objects.bulk_update(cases.values(), ["last_seq"])
    notices.announce_all([(cases[pk], event) for pk, event in told.items()], now)


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
        data={"clock": timer.clock.kind, "due_at": timer.due_at.isoformat()},
        late_by=int((now - timer.due_at).total_seconds() // 60),
    )
