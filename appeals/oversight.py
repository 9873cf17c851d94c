"""Reminders and escalation by the clock (催办·督办): every due rung fires exactly once, in order."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import QuerySet

from appeals import firing
from appeals.models import Timer
from appeals.states import Refused
from appeals.waking import wake_sweeper
from chains import audit

BATCH = 500
_LONGEST_WAIT = timedelta(days=1)
# What a broken row can raise. A lost connection is not the row's fault: it ends the sweep, and the next one repeats.
_BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DatabaseError, Refused)
_log = logging.getLogger(__name__)


def sweep(now: datetime, *, batch: int = BATCH) -> int:
    """Fire every timer that is due at `now`; any number of sweepers may run. Returns how many fired."""
    again = Timer.objects.to_try_again(now).values_list("pk", flat=True)
    fired = sum(_fire_or_set_aside(pk, now) for pk in list(again))
    while (found := _sweep_batch(now, batch)) is not None:
        fired += found
    return fired


def _sweep_batch(now, batch) -> int | None:
    """How many fired, or None if nothing was due that nobody else has claimed."""
    try:
        with transaction.atomic():
            timers = _claim(Timer.objects.due(now), batch)
            others = _others_of(timers, now) if len(timers) == batch else []
            return firing.fire(timers + others, now) if timers else None
    except OperationalError:
        raise
    except _BROKEN:
        return _sweep_apart(now, batch)


def _claim(due: QuerySet, limit: int | None) -> list[Timer]:
    # Timer and appeal are locked together and never waited for: an officer at work on the case keeps it, and
    # the next sweep finds the timer again. So no deadlock, and the rungs of one appeal stay in order. The appeal
    # first: a timer left for whoever holds its appeal must not stay locked, or he would find it taken.
    rows = due.with_cases().order_by("due_at", "pk")
    return list(rows.select_for_update(skip_locked=True, no_key=True, of=("clock__appeal", "self"))[:limit])


def _others_of(timers, now) -> list[Timer]:
    """What else is due on the same appeals, beyond a full batch: one appeal is told of once."""
    claimed = [timer.pk for timer in timers]
    return _claim(Timer.objects.due(now).on_cases({timer.clock.appeal_id for timer in timers}).besides(claimed), None)


def _sweep_apart(now, batch) -> int | None:
    """A failed batch again case by case, a case that fails timer by timer: only the broken timer is set aside."""
    due = list(Timer.objects.due(now).order_by("due_at", "pk").values_list("clock__appeal", "pk")[:batch])
    fired = 0
    for _case, rows in groupby(sorted(due), key=itemgetter(0)):
        pks = [pk for _case, pk in rows]
        try:
            fired += _fire_these(pks, now)
        except OperationalError:
            raise
        except _BROKEN:
            fired += sum(_fire_or_set_aside(pk, now) for pk in pks)
    return fired if due else None


@transaction.atomic
def _fire_these(pks: Iterable[int], now) -> int:
    return firing.fire(_claim(Timer.objects.armed().among(pks), None), now)


def _fire_or_set_aside(pk, now) -> int:
    try:
        return _fire_these([pk], now)
    except OperationalError:
        raise
    except _BROKEN as broken:
        _set_aside(pk, broken, now)
        return 0


@transaction.atomic
def _set_aside(pk, broken, now):
    """It says why, waits, and is tried again: after five minutes, ten, twenty, a day at most."""
    timer = Timer.objects.armed().among([pk]).with_cases().first()
    if timer is None:  # somebody has moved the limit meanwhile
        return
    # The database adds the row to what it says, and with it what was filed.
    timer.error = f"{type(broken).__name__}: {broken}".partition("\n")[0][:500]
    timer.attempts += 1
    timer.retry_at = now + min(_LONGEST_WAIT, timedelta(minutes=2.5 * 2 ** min(timer.attempts, 12)))
    timer.save(update_fields=["error", "attempts", "retry_at"])
    _log.error("timer %s set aside: %s", pk, timer.error)
    data = {"timer": pk, "rung": timer.rung, "attempts": timer.attempts}
    audit.note("timer", by=None, at=now, subject=timer.clock.appeal.number, data=data)


@transaction.atomic
def try_again(timers: QuerySet, *, by: int, at: datetime, origin: str = "") -> int:
    """Somebody has mended what broke: the next sweep tries `timers`, set aside, again. Returns how many."""
    numbers = sorted({timer.clock.appeal.number for timer in timers})
    count = timers.update(retry_at=at)
    transaction.on_commit(wake_sweeper)
    data = {"again": count, "numbers": numbers}
    audit.note("timer", by=by, at=at, data=data, origin=origin)
    return count
