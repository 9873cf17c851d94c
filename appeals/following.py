"""Running clocks follow a changed calendar or limit (重新计时): those it concerns move, each with an event."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from appeals import facts, notices, sealing, ticking
from appeals.models import Appeal, Clock, Event, FollowedCalendar, SupportOrder, Timer
from appeals.states import Part
from appeals.waking import wake_sweeper
from chains import inbulk
from routing import calendar, deadlines
from routing.deadlines import ClockKind

CALENDAR = "calendar"  # the verb of the event
BATCH = 500
_TOLD_OF = timedelta(days=1)  # whoever looks at a limit every day hears of no less
_SETTLES = timedelta(seconds=30)  # a step that began by the former calendar has ended by then
_LIMITS = ["triage_by", "sign_by", "contact_by", "resolve_by", "hand_back_by"]
_COLUMNS = [*_LIMITS, "due_by", "due_kind", "yellow_at", "provisional", "version", "last_seq", "last_hash"]
_STANDS = ["due_at", "terms", "generation", "provisional", "paused_minutes"]

Recount = Callable[[Clock], bool]  # states a clock anew, unsaved; whether its limit moved


def follow_calendar(now: datetime) -> int:
    """Let the running clocks follow the calendar if it has changed; returns how many limits moved.

    Any number of workers may call it, and again after a crash: what stands where it should moves no more. Each change
    is looked at twice, because a step at work meanwhile may have begun a clock by the calendar before.
    """
    state, followed = calendar.state(), FollowedCalendar.objects.first()
    is_known = bool(followed) and followed.state == state
    if is_known and (followed.is_settled or now - followed.at < _SETTLES):
        return 0
    moved = sum(follow(ids, CALENDAR, now, recount=ticking.recount) for ids in in_batches(_astray()))
    since = {} if is_known else {"at": now}
    FollowedCalendar.objects.update_or_create(id=1, defaults={"state": state, "is_settled": is_known, **since})
    return moved


def in_batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """In the order in which appeals are locked."""
    ids = sorted(ids)
    yield from (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _astray() -> set[int]:
    """The appeals with a limit, or a rung of one, that is not where the calendar of today puts it."""
    armed: dict[int, dict[str, datetime]] = defaultdict(dict)
    for clock, rung, due in Timer.objects.armed().values_list("clock", "rung", "due_at").iterator(chunk_size=20_000):
        armed[clock][rung] = due
    found = set()
    for clock in Clock.objects.running().ticking().with_case().iterator(chunk_size=5_000):
        was_provisional, rungs = clock.provisional, armed.get(clock.pk, {})
        if clock.appeal_id not in found and (
            ticking.recount(clock)
            or clock.provisional != was_provisional
            or any(rungs.get(rung.name, rung.at) != rung.at for rung in ticking.rungs_of(clock))
        ):
            found.add(clock.appeal_id)
    return found


@transaction.atomic
def follow(ids: Collection[int], verb: str, at: datetime, *, recount: Recount) -> int:
    """Recount the running clocks of some appeals: limits, timers, columns, events, notices, in bulk.

    Returns how many limits moved. Whoever repeats it finds nothing left to move.
    """
    rows = Appeal.objects.among(ids).as_texts().order_by("pk").prefetch_related("topic", "lead")
    cases = {case.pk: case for case in rows.select_for_update(of=("self",), no_key=True)}
    running, moved, changed = defaultdict(list), [], []
    for clock in Clock.objects.running().of_cases(list(cases)):
        clock.appeal, was, before = cases[clock.appeal_id], clock.due_at, _stands(clock)
        running[clock.appeal_id].append(clock)
        if recount(clock):
            moved.append((clock, was))
        if _stands(clock) != before:
            changed.append(clock)
    inbulk.write(changed, _STANDS)
    clocks = [clock for found in running.values() for clock in found if clock.stopped_at is None]
    _set_timers(clocks, {clock.pk for clock, _was in moved}, at)
    _set_supports(moved)
    for case in cases.values():
        _set_columns(case, running[case.pk])
    _tell(moved, verb, at, cases.values())
    return len(moved)


def _stands(clock) -> list:
    return [getattr(clock, name) for name in _STANDS]


def _set_timers(clocks, moved, at):
    """Those that wait, wait for the new moments; what fired before its limit moved is told again when it comes."""
    waiting = Timer.objects.armed().of([clock.pk for clock in clocks])
    armed = {(row[1], row[2]): row for row in waiting.values_list("pk", "clock_id", "rung", "due_at", "generation")}
    fired = set(Timer.objects.fired().of(moved).values_list("clock_id", "rung"))
    changed, new = [], []
    for clock in clocks:
        for rung in ticking.rungs_of(clock):
            pk, *_key, due_at, generation = armed.get((clock.pk, rung.name), (None, None, None, None, None))
            timer = Timer(pk=pk, clock=clock, rung=rung.name, generation=clock.generation, due_at=rung.at)
            if pk and (due_at, generation) != (rung.at, clock.generation):
                changed.append(timer)
            elif not pk and clock.pk in moved and (rung.at > at or (clock.pk, rung.name) not in fired):
                new.append(timer)
    inbulk.write(changed, ["due_at", "generation"])
    inbulk.insert(new)
    if any(timer.due_at <= at for timer in new + changed):
        transaction.on_commit(wake_sweeper)


def _set_supports(moved):
    due = {(clock.appeal_id, clock.subject): clock.due_at for clock, _was in moved if clock.kind == ClockKind.SUPPORT}
    orders = list(SupportOrder.objects.waiting().of_cases({case for case, _office in due})) if due else []
    for order in orders:
        order.due_at = due.get((order.appeal_id, order.department_id), order.due_at)
    inbulk.write(orders, ["due_at"])


def _set_columns(case, running):
    for name, value in ticking.columns_of(running).items():
        setattr(case, name, value)
    if case.hand_back_by and case.lead_id:
        case.hand_back_by = deadlines.hand_back_by(case.dispatched_at, calendar.workdays(case.lead_id))


def _tell(moved, verb, at, cases):
    """An event for each limit; of an appeal, the people are told of the one that moved farthest, if it is far."""
    events, farthest = [], {}
    for clock, was in moved:
        event = _event(clock, was, verb, at)
        events.append(event)
        length = abs(clock.due_at - was)
        if length > max(_TOLD_OF, farthest.get(clock.appeal_id, (_TOLD_OF,))[0]):
            farthest[clock.appeal_id] = (length, clock.appeal, event)
    for case in {clock.appeal_id: clock.appeal for clock, _was in moved}.values():
        case.version += 1
    inbulk.insert(events)
    inbulk.write(cases, _COLUMNS)
    facts.fold_all(list({clock.appeal_id: clock.appeal for clock, _was in moved}.values()))
    notices.announce_all([(case, event) for _length, case, event in farthest.values()], at)


def _event(clock, was, verb, at) -> Event:
    case = clock.appeal
    case.last_seq += 1
    event = Event(
        appeal=case,
        seq=case.last_seq,
        at=at,
        verb=verb,
        part=Part.AUTOMATIC,
        from_status=case.status,
        to_status=case.status,
        round=case.round,
        internal=clock.kind != ClockKind.RESOLVE,
        data={
            "limit": clock.kind,
            "subject": clock.subject,
            "was": was.isoformat(),
            "due_at": clock.due_at.isoformat(),
        },
    )
    sealing.seal(case, event)
    return event
