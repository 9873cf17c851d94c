"""The clocks of an appeal (时限): begun, ended, stopped and moved together with the columns that lists read."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from appeals.models import Appeal, Clock, Request, Timer
from appeals.waking import wake_sweeper
from chains import inbulk
from chains.taxonomy import Level
from routing import deadlines
from routing.calendar import policy, workdays
from routing.deadlines import ClockKind

ROUND = (ClockKind.SIGN, ClockKind.CONTACT, ClockKind.RESOLVE)
_COLUMN = {
    ClockKind.TRIAGE: "triage_by",
    ClockKind.SIGN: "sign_by",
    ClockKind.CONTACT: "contact_by",
    ClockKind.RESOLVE: "resolve_by",
}
# What an office asks for or is asked for ends without a verdict where the case leaves it.
_OF_AN_OFFICE = (*ROUND, ClockKind.EXTENSION, ClockKind.TERMINATION, ClockKind.SUPPORT, ClockKind.PROGRESS)
# Nobody at work on a case is late because an enterprise has not rated, a helper not answered, a chief not decided.
UNWATCHED = frozenset({ClockKind.VISIT, ClockKind.SUPPORT, ClockKind.EXTENSION, ClockKind.TERMINATION})

# A clock without a verdict: what it measured is not waited for any more.
_REQUESTS = (ClockKind.HAND_BACK, ClockKind.EXTENSION, ClockKind.TERMINATION)

Key = ClockKind | tuple[ClockKind, str]  # a kind, or one of several of a kind by its subject


def filed(case: Appeal, at: datetime, *, dispatched_at_once: bool) -> dict[str, Any]:
    """The first clocks of an appeal: triage, or those of the office; an urgent one needs a first measure in a day."""
    also = measure(at) if case.urgent else {}
    return dispatched(case, case.level, at, also=also) if dispatched_at_once else triage(case, at, also=also)


def measure(at) -> dict[Key, datetime]:
    return {ClockKind.MEASURE: policy(at).span(ClockKind.MEASURE, "", urgent=True).after(at, workdays())}


def triage(
    case: Appeal, at: datetime, *, also: Mapping[Key, datetime] | None = None, round: int | None = None
) -> dict[str, Any]:
    """Back to or into triage: whatever ran ends without a verdict, and only the triage clock runs."""
    due = deadlines.triage_by(at, workdays(), urgent=case.urgent, policy=policy(at))
    void = (*_OF_AN_OFFICE, ClockKind.HAND_BACK, ClockKind.REVIEW, ClockKind.VISIT)
    columns = change(case, at, void=void, begin={ClockKind.TRIAGE: due, **(also or {})}, round=round)
    return columns | {"sign_by": None, "contact_by": None, "resolve_by": None, "hand_back_by": None}


def dispatched(case: Appeal, level: str, at: datetime, *, also: Mapping[Key, datetime] | None = None) -> dict[str, Any]:
    """A round given to an office: the triage clock ends; sign, contact and resolve begin (product.md §5)."""
    limits = deadlines.limits(level, at, workdays(), urgent=case.urgent, policy=policy(at))
    begin = {
        ClockKind.SIGN: limits.sign_by,
        ClockKind.CONTACT: limits.contact_by,
        ClockKind.RESOLVE: limits.resolve_by,
    }
    columns = change(case, at, end=[ClockKind.TRIAGE], void=ROUND, begin=begin | (also or {}))
    return columns | {"hand_back_by": deadlines.hand_back_by(at, workdays())}


def answered(case: Appeal, at: datetime) -> dict[str, Any]:
    """A direct answer: level S with clocks from filing or its round, met or missed at this moment (score.md §1)."""
    # A round that was begun anew counts from there: else it would be late before it began.
    begun = case.clocks.of_kind(ClockKind.TRIAGE).of_round(case.round).earliest("pk")
    since = case.filed_at if case.round == 1 else begun.started_at
    limits = deadlines.limits(Level.S, since, workdays(), urgent=False, policy=policy(at))
    due = deadlines.decision_by(at, workdays())
    columns = change(case, at, end=[ClockKind.TRIAGE, ClockKind.MEASURE], begin={ClockKind.REVIEW: due})
    used = max(0, workdays().elapsed(since, at))
    return columns | {
        "sign_by": limits.sign_by,
        "contact_by": limits.contact_by,
        "resolve_by": limits.resolve_by,
        "hand_back_by": None,
        "used_minutes": used,
    }


def signed(case: Appeal, at: datetime) -> dict[str, Any]:
    """The sign clock ends; at level A the contact clock now counts from the signature, at D the monthly one begins."""
    contact_by = deadlines.contact_by_after_sign(case.level, at, workdays(), urgent=case.urgent, policy=policy(at))
    move_to = {ClockKind.CONTACT: contact_by} if contact_by else {}
    begin = next_progress(case, at)
    return change(case, at, end=[ClockKind.SIGN], void=[ClockKind.PROGRESS], move_to=move_to, begin=begin)


def next_progress(case, at, *, parked=False) -> dict[Key, datetime]:
    """When the next progress is due: every five workdays of a leader's case, monthly of hard and parked ones."""
    if case.owner_id:
        return {ClockKind.PROGRESS: deadlines.OWNED_PROGRESS.after(at, workdays())}
    if parked or case.level == Level.D:
        return {ClockKind.PROGRESS: policy(at).span(ClockKind.PROGRESS, "", urgent=False).after(at, workdays())}
    return {}


def progressed(case: Appeal, at: datetime, *, parked: bool) -> dict[str, Any]:
    """A first measure has been taken, and the next progress is due a while from now."""
    due = next_progress(case, at, parked=parked)
    return change(case, at, end=[ClockKind.MEASURE, ClockKind.PROGRESS], begin=due)


def redone(case: Appeal, at: datetime, *, escalates: bool = False) -> dict[str, Any]:
    """The next round (重办): signed at this moment, contact and resolve anew with the level's limits.

    `escalates`: the next sweep lifts the case one tier.
    """
    table, rules = workdays(), policy(at)
    limits = deadlines.limits(case.level, at, table, urgent=case.urgent, policy=rules)
    after_sign = deadlines.contact_by_after_sign(case.level, at, table, urgent=case.urgent, policy=rules)
    begin = {ClockKind.CONTACT: after_sign or limits.contact_by, ClockKind.RESOLVE: limits.resolve_by}
    columns = change(case, at, end=[ClockKind.VISIT], begin=begin | next_progress(case, at), round=case.round + 1)
    if escalates:
        resolve = case.clocks.running().of_kind(ClockKind.RESOLVE).get()
        Timer.objects.create(clock=resolve, rung=deadlines.ESCALATE, generation=resolve.generation, due_at=at)
        transaction.on_commit(wake_sweeper)
    return columns | {"sign_by": at, "hand_back_by": None, "used_minutes": None, "paused_minutes": 0}


def passed_on(case: Appeal, at: datetime, *, to: str) -> dict[str, Any]:
    """The office `to` takes over by escalation: it signs and makes contact anew, while resolve goes on.

    What it owed as a support is its own work from now on.
    """
    limits = deadlines.limits(case.level, at, workdays(), urgent=case.urgent, policy=policy(at))
    begin = {ClockKind.SIGN: limits.sign_by, ClockKind.CONTACT: limits.contact_by}
    void = [ClockKind.SIGN, ClockKind.CONTACT, ClockKind.PROGRESS, *_REQUESTS, (ClockKind.SUPPORT, to)]
    columns = change(case, at, void=void, begin=begin)
    return columns | {"hand_back_by": deadlines.hand_back_by(at, workdays())}


def replied(case: Appeal, at: datetime) -> dict[str, Any]:
    """The reply ends the resolve clock, and a contact that never was has no verdict; the reviewer's clock begins."""
    due = deadlines.decision_by(at, workdays())
    void = [ClockKind.CONTACT, ClockKind.PROGRESS, ClockKind.SUPPORT]
    return change(case, at, end=[ClockKind.RESOLVE, ClockKind.MEASURE], void=void, begin={ClockKind.REVIEW: due})


def reviewed(case: Appeal, at: datetime) -> dict[str, Any]:
    """A passed review: the visit clock carries the invitation and the closing without a rating."""
    begin = {ClockKind.VISIT: deadlines.visit_closing(at, workdays())}
    return change(case, at, end=[ClockKind.REVIEW], void=[ClockKind.EXTENSION], begin=begin)


def sent_back(case: Appeal, at: datetime) -> dict[str, Any]:
    """A failed review: the resolve clock goes on, its limit moved by the working minutes the review took."""
    table = workdays()
    lost = table.elapsed(case.replied_at, at)
    clock = _resolve_of(case)
    clock.ended_at, clock.verdict, clock.used_minutes = None, "", None
    clock.paused_minutes += lost
    _set_due(clock, deadlines.resume(clock.due_at, lost, table))
    clock.save()
    _rearm([clock], at)
    columns = change(case, at, end=[ClockKind.REVIEW], begin=next_progress(case, at))
    return columns | {"used_minutes": None, "paused_minutes": clock.paused_minutes}


def extended_until(case: Appeal, asked: Request) -> datetime:
    """What an extension brings: the day it asks for, moved by what the limit has stood still since."""
    return moved_since(_resolve_of(case), asked)


def moved_since(clock, asked):
    return deadlines.resume(asked.until, clock.paused_minutes - asked.paused_before, workdays())


def extended(case: Appeal, at: datetime, until: datetime) -> dict[str, Any]:
    """More time was granted (延期): also backwards, where the limit passed or a reply came while nobody decided."""
    clock = _resolve_of(case)
    if clock.ended_at is None:
        return change(case, at, end=[ClockKind.EXTENSION], move_to={ClockKind.RESOLVE: until})
    _set_due(clock, until)
    clock.verdict = _verdict(clock)
    clock.save(update_fields=["due_at", "generation", "provisional", "verdict"])
    return change(case, at, end=[ClockKind.EXTENSION]) | {"resolve_by": until}


def _resolve_of(case) -> Clock:
    return case.clocks.of_kind(ClockKind.RESOLVE).of_round(case.round).latest("pk")


def stop(case: Appeal, at: datetime, *, kinds: Collection[ClockKind] | None = None, begin=None) -> dict[str, Any]:
    """Let the running clocks of `kinds` (default: all) stand still from `at` on: no limit, no timers."""
    running = [clock for clock in case.clocks.running() if kinds is None or clock.kind in kinds]
    still = [clock for clock in running if clock.stopped_at is None]
    for clock in still:
        clock.stopped_at = at
    Clock.objects.bulk_update(still, ["stopped_at"])
    Timer.objects.armed().of(still).update(cancelled_at=at)
    columns = change(case, at, void=list(begin or ()), begin=begin)
    return columns | {_COLUMN[clock.kind]: None for clock in running if clock.kind in _COLUMN}


def go_on(case: Appeal, at: datetime, *, since: datetime | None = None, end: Collection[Key] = ()) -> dict[str, Any]:
    """What stood still (`since` that moment; default: whatever does) runs again, its limit moved by what was lost."""
    stopped = [clock for clock in case.clocks.running().stopped() if since is None or clock.stopped_at == since]
    for clock in stopped:
        _release(clock, at)
    Clock.objects.bulk_update(stopped, ["stopped_at", "paused_minutes", "due_at", "generation", "provisional"])
    _rearm(stopped, at)
    columns = change(case, at, end=end)
    lost = next((clock.paused_minutes for clock in stopped if clock.kind == ClockKind.RESOLVE), case.paused_minutes)
    return columns | {"paused_minutes": lost}


def parked(case: Appeal, at: datetime, kinds: Collection[ClockKind]) -> dict[str, Any]:
    """The clocks of `kinds` stand still, nothing is decided meanwhile, and progress is due every month."""
    change(case, at, void=_REQUESTS)
    return stop(case, at, kinds=kinds, begin=next_progress(case, at, parked=True))


def unparked(case: Appeal, at: datetime) -> dict[str, Any]:
    """They go on; progress stays due for hard cases and those a leader owns."""
    columns = go_on(case, at, end=[ClockKind.PROGRESS])
    due = next_progress(case, at)
    return columns | (change(case, at, begin=due) if due else {})


def owned(case: Appeal, at: datetime) -> dict[str, Any]:
    """A leader has taken the case over (包案): progress is due every five working days."""
    return change(case, at, void=[ClockKind.PROGRESS], begin=next_progress(case, at))


def _release(clock, at):
    """The limit moves by the working minutes that were lost, to the minute."""
    table = workdays()
    lost = max(0, table.elapsed(clock.stopped_at, at))
    clock.paused_minutes += lost
    clock.stopped_at = None
    _set_due(clock, deadlines.resume(clock.due_at, lost, table))


def change(
    case: Appeal,
    at: datetime,
    *,
    begin: Mapping[Key, datetime] | None = None,
    end: Collection[Key] = (),
    void: Collection[Key] = (),
    move_to: Mapping[ClockKind, datetime] | None = None,
    round: int | None = None,
) -> dict[str, Any]:
    """End, void, move and begin clocks of `case` at the moment `at`; returns the columns of the appeal to write.

    `void` ends without a verdict, and what the clock waited for lapses; `round` is that of the clocks begun (default:
    the case's). Timers of ended clocks and of older limits are cancelled, new ones are armed.
    """
    running = [] if case._state.adding else list(case.clocks.running())
    ending = [clock for clock in running if _is_of(clock, end)]
    voided = [clock for clock in running if _is_of(clock, void) and clock not in ending]
    for clock in ending:
        _stop(clock, at)
    for clock in voided:
        _stop(clock, at, void=True)
    moved = [clock for clock in running if clock.kind in (move_to or {})]
    for clock in moved:
        _set_due(clock, move_to[clock.kind])
    _save(ending + voided, moved, at)
    _lapse(case, voided, at)
    begun = _begin(case, at, begin or {}, round or case.round)
    _rearm([clock for clock in moved if clock.stopped_at is None], at)
    _arm(begun, at)
    columns = _columns([clock for clock in running if clock.ended_at is None] + begun)
    replied = next((clock for clock in ending if clock.kind == ClockKind.RESOLVE), None)
    return columns | ({"used_minutes": replied.used_minutes} if replied else {})


def _lapse(case, voided, at):
    kinds = {clock.kind for clock in voided}
    if kinds & set(_REQUESTS):
        case.requests.of_kinds(kinds & set(_REQUESTS)).lapse(at)
    if ClockKind.SUPPORT in kinds:
        case.supports.lapse(at, [clock.subject for clock in voided if clock.kind == ClockKind.SUPPORT])


def _is_of(clock, keys) -> bool:
    return clock.kind in keys or (clock.kind, clock.subject) in keys


def end_all(case: Appeal, at: datetime) -> dict[str, Any]:
    """Nothing runs any more (withdrawn, declined, closed)."""
    return change(case, at, end=[ClockKind.TRIAGE, ClockKind.VISIT], void=list(ClockKind))


def _stop(clock, at, *, void=False):
    if clock.stopped_at:
        _release(clock, at)
    clock.ended_at = at
    clock.verdict = Clock.Verdict.VOID if void else _verdict(clock)
    clock.used_minutes = max(0, workdays().elapsed(clock.started_at, at) - clock.paused_minutes)


def _verdict(clock):
    return Clock.Verdict.MET if clock.ended_at <= clock.due_at else Clock.Verdict.LATE


def _set_due(clock, due):
    clock.due_at = due
    clock.generation += 1
    clock.provisional = workdays().is_provisional(due)


def _save(stopped, moved, at):
    if stopped or moved:
        Clock.objects.bulk_update(
            stopped + moved,
            [
                "ended_at",
                "verdict",
                "used_minutes",
                "paused_minutes",
                "stopped_at",
                "due_at",
                "generation",
                "provisional",
            ],
        )
        Timer.objects.armed().of(stopped + moved).update(cancelled_at=at)


def _begin(case, at, limits, round):
    return Clock.objects.bulk_create(
        Clock(
            appeal=case,
            kind=kind,
            subject=subject,
            round=round,
            started_at=at,
            due_at=due,
            provisional=workdays().is_provisional(due),
        )
        for (kind, subject), due in ((_pair(key), due) for key, due in limits.items())
    )


def _pair(key: Key) -> tuple[ClockKind, str]:
    return key if isinstance(key, tuple) else (key, "")


def _rearm(clocks, at):
    if clocks:
        _arm(clocks, at, fired=set(Timer.objects.fired().of(clocks).values_list("clock_id", "rung")))


def _arm(clocks, at, fired=frozenset()):
    # A rung that fired before the limit moved, and still lies behind us, has been told.
    armed = [
        Timer(clock=clock, rung=rung.name, generation=clock.generation, due_at=rung.at)
        for clock in clocks
        for rung in _rungs(clock)
        if rung.at > at or (clock.pk, rung.name) not in fired
    ]
    inbulk.insert(armed)
    if any(timer.due_at <= at for timer in armed):
        transaction.on_commit(wake_sweeper)


def _rungs(clock):
    kind, urgent = ClockKind(clock.kind), clock.appeal.urgent
    rules = policy(clock.started_at)
    return deadlines.rungs(kind, clock.started_at, clock.due_at, workdays(), urgent=urgent, policy=rules)


def _columns(running) -> dict[str, Any]:
    """The limits that lists sort and colour by; a limit of an ended clock stays in its column as a fact."""
    ticking = [clock for clock in running if clock.stopped_at is None]
    watched = [clock for clock in ticking if clock.kind not in UNWATCHED]
    nearest = min(watched, key=lambda clock: clock.due_at, default=None)
    return {
        **{_COLUMN[clock.kind]: clock.due_at for clock in ticking if clock.kind in _COLUMN},
        "due_by": nearest and nearest.due_at,
        "due_kind": str(nearest.kind) if nearest else "",
        "yellow_at": min(map(_yellow_at, watched), default=None),
        "provisional": any(clock.provisional for clock in ticking),
    }


def _yellow_at(clock):
    kind, urgent = ClockKind(clock.kind), clock.appeal.urgent
    return deadlines.yellow_at(kind, clock.started_at, clock.due_at, workdays(), urgent=urgent)
