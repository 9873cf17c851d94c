"""The clocks of an appeal (时限) through its life: which begin, end, stop and move with each step (product.md §5)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from appeals.models import Appeal, Clock, Request, Timer
from appeals.ticking import (
    COLUMN,
    REQUESTS,
    ROUND,
    Anew,
    Key,
    Limit,
    change,
    hand_over,
    rearm,
    release,
    restate,
    save,
    stand,
    usual,
    verdict_of,
)
from chains.taxonomy import CENTRE_OFFICE, Level
from routing import deadlines, terms
from routing.calendar import policy, workdays
from routing.deadlines import ClockKind
from routing.terms import Bound

# What an office asks for or is asked for ends without a verdict where the case leaves it.
_OF_AN_OFFICE = (*ROUND, ClockKind.EXTENSION, ClockKind.TERMINATION, ClockKind.SUPPORT, ClockKind.PROGRESS)

# What an office that takes over by escalation has to do itself.
BEGUN_ANEW = (ClockKind.SIGN, ClockKind.CONTACT)


def filed(case: Appeal, at: datetime, *, dispatched_at_once: bool) -> dict[str, Any]:
    """The first clocks of an appeal: triage, or those of the office; an urgent one needs a first measure in a day."""
    also = usual(case, at, ClockKind.MEASURE) if case.urgent else {}
    if dispatched_at_once:
        return dispatched(case, case.level, at, lead=case.lead_id, also=also)
    return triage(case, at, also=also)


def triage(
    case: Appeal, at: datetime, *, also: Mapping[Key, Limit] | None = None, round: int | None = None
) -> dict[str, Any]:
    """Back to or into triage: whatever ran ends without a verdict, and only the triage clock runs."""
    void = (*_OF_AN_OFFICE, ClockKind.HAND_BACK, ClockKind.REVIEW, ClockKind.VISIT)
    begin = usual(case, at, ClockKind.TRIAGE) | (also or {})
    columns = change(case, at, void=void, begin=begin, round=round)
    return columns | {"sign_by": None, "contact_by": None, "resolve_by": None, "hand_back_by": None}


def dispatched(
    case: Appeal, level: str, at: datetime, *, lead: str, also: Mapping[Key, Limit] | None = None
) -> dict[str, Any]:
    """A round given to the office `lead`: the triage clock ends; sign, contact and resolve begin (product.md §5)."""
    begin = usual(case, at, *ROUND, level=level) | (also or {})
    columns = change(case, at, end=[ClockKind.TRIAGE], void=ROUND, begin=begin, lead=lead)
    return columns | {"hand_back_by": deadlines.hand_back_by(at, workdays(lead))}


def answered(case: Appeal, at: datetime) -> dict[str, Any]:
    """A direct answer: level S with clocks from filing or its round, met or missed at this moment (score.md §1)."""
    # A round that was begun anew counts from there: else it would be late before it began.
    begun = case.clocks.of_kind(ClockKind.TRIAGE).of_round(case.round).earliest("pk")
    since, table = case.filed_at if case.round == 1 else begun.started_at, workdays(CENTRE_OFFICE)
    limits = deadlines.limits(Level.S, since, table, urgent=False, policy=policy(at))
    begin = usual(case, at, ClockKind.REVIEW)
    columns = change(case, at, end=[ClockKind.TRIAGE, ClockKind.MEASURE], begin=begin)
    return columns | {
        "sign_by": limits.sign_by,
        "contact_by": limits.contact_by,
        "resolve_by": limits.resolve_by,
        "hand_back_by": None,
        "used_minutes": max(0, table.elapsed(since, at)),
    }


def signed(case: Appeal, at: datetime) -> dict[str, Any]:
    """The sign clock ends; at level A the contact clock now counts from the signature, at D the monthly one begins."""
    move_to = {}
    if case.level == Level.A and not case.urgent:
        found = usual(case, at, ClockKind.CONTACT, is_signed=True)
        move_to = {ClockKind.CONTACT: Anew(counts_from=at, spans=found[ClockKind.CONTACT], bounds=())}
    begin = next_progress(case, at)
    return change(case, at, end=[ClockKind.SIGN], void=[ClockKind.PROGRESS], move_to=move_to, begin=begin)


def next_progress(case: Appeal, at: datetime, *, parked: bool = False) -> dict[Key, Limit]:
    """When the next progress is due: every five workdays of a leader's case, monthly of hard and parked ones."""
    if case.owner_id:
        return {ClockKind.PROGRESS: (deadlines.OWNED_PROGRESS,)}
    if parked or case.level == Level.D:
        return usual(case, at, ClockKind.PROGRESS)
    return {}


def progressed(case: Appeal, at: datetime, *, parked: bool) -> dict[str, Any]:
    """A first measure has been taken, and the next progress is due a while from now."""
    due = next_progress(case, at, parked=parked)
    return change(case, at, end=[ClockKind.MEASURE, ClockKind.PROGRESS], begin=due)


def redone(case: Appeal, at: datetime, *, escalates: bool = False) -> dict[str, Any]:
    """The next round (重办): signed at this moment, contact and resolve anew with the level's limits.

    `escalates`: the next sweep lifts the case one tier.
    """
    begin = usual(case, at, ClockKind.CONTACT, ClockKind.RESOLVE, is_signed=True) | next_progress(case, at)
    columns = change(case, at, end=[ClockKind.VISIT], begin=begin, round=case.round + 1)
    if escalates:
        resolve = case.clocks.running().of_kind(ClockKind.RESOLVE).get()
        Timer.objects.create(clock=resolve, rung=deadlines.ESCALATE, generation=resolve.generation, due_at=at)
    return columns | {"sign_by": at, "hand_back_by": None, "used_minutes": None, "paused_minutes": 0}


def passed_on(case: Appeal, at: datetime, *, to: str) -> dict[str, Any]:
    """The office `to` takes over by escalation: it signs and makes contact anew, while resolve goes on.

    What it owed as a support is its own work from now on.
    """
    hand_over(case, to, at)
    columns = change(case, at, void=left_to(to), begin=usual(case, at, *BEGUN_ANEW), lead=to)
    return columns | {"hand_back_by": deadlines.hand_back_by(at, workdays(to))}


def left_to(office: str) -> list[Key]:
    """What ends without a verdict when a case passes on to `office`."""
    return [*BEGUN_ANEW, ClockKind.PROGRESS, *REQUESTS, (ClockKind.SUPPORT, office)]


def replied(case: Appeal, at: datetime) -> dict[str, Any]:
    """The reply ends the resolve clock, and a contact that never was has no verdict; the reviewer's clock begins."""
    void = [ClockKind.CONTACT, ClockKind.PROGRESS, ClockKind.SUPPORT]
    begin = usual(case, at, ClockKind.REVIEW)
    return change(case, at, end=[ClockKind.RESOLVE, ClockKind.MEASURE], void=void, begin=begin)


def reviewed(case: Appeal, at: datetime) -> dict[str, Any]:
    """A passed review: the visit clock carries the invitation and the closing without a rating."""
    begin = usual(case, at, ClockKind.VISIT)
    return change(case, at, end=[ClockKind.REVIEW], void=[ClockKind.EXTENSION], begin=begin)


def sent_back(case: Appeal, at: datetime) -> dict[str, Any]:
    """A failed review: the resolve clock goes on, its limit moved by the working minutes the review took."""
    clock = _resolve_of(case)
    clock.ended_at, clock.verdict, clock.used_minutes = None, "", None
    stand(clock, case.replied_at, at)
    save([clock], at)
    rearm([clock], at)
    columns = change(case, at, end=[ClockKind.REVIEW], begin=next_progress(case, at))
    return columns | {"used_minutes": None, "paused_minutes": clock.paused_minutes}


def promised(case: Appeal, at: datetime, until: date) -> dict[str, Any]:
    """The day promised is the limit now (承诺): its close of business, whatever the level would give."""
    anew = Anew(spans=(), bounds=(Bound(until, at),))
    return change(case, at, move_to={ClockKind.RESOLVE: anew})


def granted(asked: Request) -> Bound:
    """What an extension brings: the day it asks for, moved by what the limit has stood still since."""
    return Bound(timezone.localdate(asked.until), asked.asked_at)


def extended(case: Appeal, at: datetime, asked: Request) -> dict[str, Any]:
    """More time was granted (延期): also backwards, where the limit passed or a reply came while nobody decided."""
    clock, anew = _resolve_of(case), Anew(spans=(), bounds=(granted(asked),))
    if clock.ended_at is None:
        return change(case, at, end=[ClockKind.EXTENSION], move_to={ClockKind.RESOLVE: anew})
    restate(clock, anew)
    clock.verdict = verdict_of(clock)
    save([clock], at)
    return change(case, at, end=[ClockKind.EXTENSION]) | {"resolve_by": clock.due_at}


def extended_until(case: Appeal, asked: Request) -> datetime:
    """The limit that granting `asked` would bring now."""
    clock = _resolve_of(case)
    stated = terms.Terms(clock.started_at, bounds=(granted(asked),), stood=terms.read(clock.terms).stood)
    return terms.due_of(stated, clock.workdays)


def _resolve_of(case) -> Clock:
    return case.clocks.of_kind(ClockKind.RESOLVE).of_round(case.round).latest("pk")


def stop(case: Appeal, at: datetime, *, kinds: Collection[ClockKind] | None = None, begin=None) -> dict[str, Any]:
    """Let the running clocks of `kinds` (default: all) stand still from `at` on: no limit, no timers."""
    running = [clock for clock in case.clocks.running() if kinds is None or clock.kind in kinds]
    still = [clock for clock in running if clock.stopped_at is None]
    for clock in still:
        clock.stopped_at = at
    save(still, at)
    columns = change(case, at, void=list(begin or ()), begin=begin)
    return columns | {COLUMN[clock.kind]: None for clock in running if clock.kind in COLUMN}


def go_on(case: Appeal, at: datetime, *, since: datetime | None = None, end: Collection[Key] = ()) -> dict[str, Any]:
    """What stood still (`since` that moment; default: whatever does) runs again, its limit moved by what was lost."""
    stopped = [clock for clock in case.clocks.running().stopped() if since is None or clock.stopped_at == since]
    for clock in stopped:
        release(clock, at)
    save(stopped, at)
    rearm(stopped, at)
    columns = change(case, at, end=end)
    lost = next((clock.paused_minutes for clock in stopped if clock.kind == ClockKind.RESOLVE), case.paused_minutes)
    return columns | {"paused_minutes": lost}


def parked(case: Appeal, at: datetime, kinds: Collection[ClockKind]) -> dict[str, Any]:
    """The clocks of `kinds` stand still, nothing is decided meanwhile, and progress is due every month."""
    change(case, at, void=REQUESTS)
    return stop(case, at, kinds=kinds, begin=next_progress(case, at, parked=True))


def unparked(case: Appeal, at: datetime) -> dict[str, Any]:
    """They go on; progress stays due for hard cases and those a leader owns."""
    columns = go_on(case, at, end=[ClockKind.PROGRESS])
    due = next_progress(case, at)
    return columns | (change(case, at, begin=due) if due else {})


def owned(case: Appeal, at: datetime) -> dict[str, Any]:
    """A leader has taken the case over (包案): progress is due every five working days."""
    return change(case, at, void=[ClockKind.PROGRESS], begin=next_progress(case, at))


def end_all(case: Appeal, at: datetime) -> dict[str, Any]:
    """Nothing runs any more (withdrawn, declined, closed). What an unanswered case stood still stays as a fact."""
    unanswered = case.clocks.running().of_kind(ClockKind.RESOLVE).first()
    columns = change(case, at, end=[ClockKind.TRIAGE, ClockKind.VISIT], void=list(ClockKind))
    if unanswered:
        unanswered.refresh_from_db(fields=["paused_minutes"])
        columns["paused_minutes"] = unanswered.paused_minutes
    return columns
