"""How clocks begin, end, stand still and move (计时): with their timers, and the columns that lists read."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from appeals.models import Appeal, Clock, Timer
from appeals.waking import wake_sweeper
from chains import inbulk
from routing import deadlines, terms
from routing.calendar import policy
from routing.deadlines import ClockKind, Span
from routing.terms import Bound, Terms

ROUND = (ClockKind.SIGN, ClockKind.CONTACT, ClockKind.RESOLVE)
REQUESTS = (ClockKind.HAND_BACK, ClockKind.EXTENSION, ClockKind.TERMINATION)
COLUMN = {
    ClockKind.TRIAGE: "triage_by",
    ClockKind.SIGN: "sign_by",
    ClockKind.CONTACT: "contact_by",
    ClockKind.RESOLVE: "resolve_by",
}
# Nobody at work on a case is late because an enterprise has not rated, a helper not answered, a chief not decided.
UNWATCHED = frozenset({ClockKind.VISIT, ClockKind.SUPPORT, ClockKind.EXTENSION, ClockKind.TERMINATION})
# These run by the working time of the lead; a support by that of the office asked, every other by the city's.
_OF_THE_LEAD = frozenset({*ROUND, ClockKind.MEASURE, ClockKind.PROGRESS})
STOPPED = ["ended_at", "verdict", "used_minutes"]
MOVED = ["due_at", "terms", "office", "generation", "provisional", "paused_minutes", "stopped_at"]

Key = ClockKind | tuple[ClockKind, str]  # a kind, or one of several of a kind by its subject
Limit = tuple[Span, ...] | date  # what a clock may take, or the day at whose close of business it is due


@dataclass(frozen=True)
class Anew:
    """Other terms for a clock that runs; what is None stays."""

    counts_from: datetime | None = None
    spans: tuple[Span, ...] | None = None
    bounds: tuple[Bound, ...] | None = None
    since: datetime | None = None


def usual(
    case: Appeal, at: datetime, *kinds: ClockKind, level: str | None = None, is_signed: bool = False
) -> dict[Key, Limit]:
    """What clocks of `kinds` begun at `at` may take by the limits in force, at `level` (default: the case's)."""
    rules, level = policy(at), case.level if level is None else level
    return {kind: deadlines.spans(kind, level, rules, urgent=case.urgent, is_signed=is_signed) for kind in kinds}


def change(
    case: Appeal,
    at: datetime,
    *,
    begin: Mapping[Key, Limit] | None = None,
    end: Collection[Key] = (),
    void: Collection[Key] = (),
    move_to: Mapping[ClockKind, Anew] | None = None,
    round: int | None = None,
    lead: str | None = None,
) -> dict[str, Any]:
    """End, void, move and begin clocks of `case` at the moment `at`; returns the columns of the appeal to write.

    `void` ends without a verdict, and what the clock waited for lapses; `round` and `lead` are those of the clocks
    begun (default: the case's). Timers of ended clocks and of older limits are cancelled, new ones are armed.
    """
    running = [] if case._state.adding else list(case.clocks.running())
    ending = [clock for clock in running if is_of(clock, end)]
    voided = [clock for clock in running if is_of(clock, void) and clock not in ending]
    for clock in ending:
        end_clock(clock, at)
    for clock in voided:
        end_clock(clock, at, void=True)
    moved = [clock for clock in running if clock.kind in (move_to or {})]
    for clock in moved:
        restate(clock, move_to[clock.kind])
    save(ending + voided + moved, at)
    lapse(case, voided, at)
    begun = _begin(case, at, begin or {}, round or case.round, lead or case.lead_id)
    rearm([clock for clock in moved if clock.stopped_at is None], at)
    arm(begun, at)
    columns = columns_of([clock for clock in running if clock.ended_at is None] + begun)
    replied = next((clock for clock in ending if clock.kind == ClockKind.RESOLVE), None)
    return columns | ({"used_minutes": replied.used_minutes} if replied else {})


def is_of(clock: Clock, keys: Collection[Key]) -> bool:
    """Whether `clock` is one of those that `keys` name."""
    return clock.kind in keys or (clock.kind, clock.subject) in keys


def lapse(case: Appeal, voided: Collection[Clock], at: datetime) -> None:
    """What the `voided` clocks waited for is not waited for any more."""
    kinds = {clock.kind for clock in voided}
    if kinds & set(REQUESTS):
        case.requests.of_kinds(kinds & set(REQUESTS)).lapse(at)
    if ClockKind.SUPPORT in kinds:
        case.supports.lapse(at, [clock.subject for clock in voided if clock.kind == ClockKind.SUPPORT])


def end_clock(clock: Clock, at: datetime, *, void: bool = False) -> None:
    """Not yet saved. Used minutes are of working time, what was lost while it stood still taken out."""
    if clock.stopped_at:
        release(clock, at)
    clock.ended_at = at
    clock.verdict = Clock.Verdict.VOID if void else verdict_of(clock)
    clock.used_minutes = max(0, clock.workdays.elapsed(clock.started_at, at) - clock.paused_minutes)


def verdict_of(clock: Clock) -> str:
    return Clock.Verdict.MET if clock.ended_at <= clock.due_at else Clock.Verdict.LATE


def restate(clock: Clock, new: Anew) -> None:
    """The limit by other terms; what stood still stays. Not yet saved."""
    old = _terms_of(clock)
    spans = old.spans if new.spans is None else new.spans
    bounds = old.bounds if new.bounds is None else new.bounds
    _state(
        clock, replace(old, counts_from=new.counts_from or old.counts_from, spans=spans, bounds=bounds, since=new.since)
    )


def stand(clock: Clock, start: datetime, end: datetime) -> None:
    """It has stood still from `start` to `end`: the limit moves by the working minutes lost. Not yet saved."""
    old = _terms_of(clock)
    _state(clock, replace(old, stood=(*old.stood, (start, end))))


def release(clock: Clock, at: datetime) -> None:
    """What stood still goes on. Not yet saved."""
    start, clock.stopped_at = clock.stopped_at, None
    stand(clock, start, at)


def recount(clock: Clock) -> bool:
    """The limit by the calendar of today; whether it moved. What stands still has none. Not yet saved."""
    if clock.stopped_at:
        return False
    before, generation = clock.due_at, clock.generation
    _state(clock, _terms_of(clock))
    clock.generation = generation + (clock.due_at != before)
    return clock.due_at != before


def hand_over(case: Appeal, lead: str, at: datetime) -> None:
    """The clocks of the lead that go on run by the working time of the office `lead` from now on."""
    given = [clock for clock in case.clocks.running() if give(clock, lead)]
    save(given, at)
    rearm([clock for clock in given if clock.stopped_at is None], at)


def give(clock: Clock, lead: str) -> bool:
    """Whether `clock` runs by the working time of the office `lead` only from now on. Not yet saved."""
    is_given = clock.kind in _OF_THE_LEAD and clock.office != lead
    if is_given:
        clock.office = lead
        _state(clock, _terms_of(clock))
    return is_given


def _terms_of(clock) -> Terms:
    """A clock of an older record knows its limit only: that is the moment behind which nothing goes."""
    if clock.terms:
        return terms.read(clock.terms)
    return Terms(clock.started_at, bounds=(Bound(clock.due_at, clock.started_at),))


def _state(clock, stated: Terms):
    clock.terms = stated.written
    clock.due_at = terms.due_of(stated, clock.workdays)
    clock.paused_minutes = terms.lost(stated.stood, clock.workdays)
    clock.provisional = clock.workdays.is_provisional(clock.due_at)
    clock.generation += 1


def save(clocks: list[Clock], at: datetime) -> None:
    """Write what was ended or moved, and cancel the timers of what was true before."""
    if clocks:
        Clock.objects.bulk_update(clocks, STOPPED + MOVED)
        Timer.objects.armed().of(clocks).update(cancelled_at=at)


def _begin(case, at, limits, round, lead) -> list[Clock]:
    pairs = [(key if isinstance(key, tuple) else (key, ""), limit) for key, limit in limits.items()]
    own = {"round": round, "lead": lead}
    return Clock.objects.bulk_create(
        new_clock(case, at, kind, limit, subject=subject, **own) for (kind, subject), limit in pairs
    )


def new_clock(
    case: Appeal, at: datetime, kind: ClockKind, limit: Limit, *, round: int, lead: str | None, subject: str = ""
) -> Clock:
    """A clock begun at `at`, by the working time of whose it is. Not yet saved."""
    office = (lead or "") if kind in _OF_THE_LEAD else subject if kind == ClockKind.SUPPORT else ""
    begun = {"kind": kind, "subject": subject, "office": office, "round": round}
    clock = Clock(appeal=case, started_at=at, generation=0, **begun)
    _state(clock, _first_terms(at, limit))
    return clock


def _first_terms(at, limit: Limit) -> Terms:
    if isinstance(limit, date):
        return Terms(at, bounds=(Bound(limit, at),))
    return Terms(at, spans=limit)


def rearm(clocks: Collection[Clock], at: datetime) -> None:
    """Timers of the present limits. A rung that fired before the limit moved, and still lies behind us, was told."""
    if clocks:
        arm(clocks, at, fired=set(Timer.objects.fired().of(clocks).values_list("clock_id", "rung")))


def arm(clocks: Collection[Clock], at: datetime, fired: Collection[tuple[int, str]] = ()) -> None:
    """The timers of `clocks`; what is due already wakes the sweeper."""
    armed = [
        Timer(clock=clock, rung=rung.name, generation=clock.generation, due_at=rung.at)
        for clock in clocks
        for rung in rungs_of(clock)
        if rung.at > at or (clock.pk, rung.name) not in fired
    ]
    inbulk.insert(armed)
    if any(timer.due_at <= at for timer in armed):
        transaction.on_commit(wake_sweeper)


def rungs_of(clock: Clock) -> list[deadlines.Rung]:
    kind, rules = ClockKind(clock.kind), {"urgent": clock.appeal.urgent, "policy": policy(clock.started_at)}
    return deadlines.rungs(kind, clock.started_at, clock.due_at, clock.workdays, **rules)


def columns_of(running: Iterable[Clock]) -> dict[str, Any]:
    """The limits that lists sort and colour by; a limit of an ended clock stays in its column as a fact."""
    ticking = [clock for clock in running if clock.stopped_at is None]
    watched = [clock for clock in ticking if clock.kind not in UNWATCHED]
    nearest = min(watched, key=lambda clock: clock.due_at, default=None)
    return {
        **{COLUMN[clock.kind]: clock.due_at for clock in ticking if clock.kind in COLUMN},
        "due_by": nearest and nearest.due_at,
        "due_kind": str(nearest.kind) if nearest else "",
        "yellow_at": min(map(_yellow_at, watched), default=None),
        "provisional": any(clock.provisional for clock in ticking),
    }


def _yellow_at(clock):
    kind, urgent = ClockKind(clock.kind), clock.appeal.urgent
    return deadlines.yellow_at(kind, clock.started_at, clock.due_at, clock.workdays, urgent=urgent)
