"""The clocks of an appeal (时限): begun, ended and moved together with the columns that lists read."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from appeals.models import Appeal, Clock, Timer
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


def triage(case: Appeal, at: datetime) -> dict[str, Any]:
    """Back to or into triage: whatever ran ends without a verdict, and only the triage clock runs."""
    due = deadlines.triage_by(at, workdays(), urgent=case.urgent, policy=policy(at))
    columns = change(case, at, void=ROUND, begin={ClockKind.TRIAGE: due})
    return columns | {"sign_by": None, "contact_by": None, "resolve_by": None, "hand_back_by": None}


def dispatched(case: Appeal, level: str, at: datetime) -> dict[str, Any]:
    """A round given to an office: the triage clock ends; sign, contact and resolve begin (product.md §5)."""
    columns = change(case, at, end=[ClockKind.TRIAGE], void=ROUND, begin=_of_round(case, level, at))
    return columns | {"hand_back_by": deadlines.hand_back_by(at, workdays())}


def _of_round(case, level, at) -> dict[ClockKind, datetime]:
    limits = deadlines.limits(level, at, workdays(), urgent=case.urgent, policy=policy(at))
    return {
        ClockKind.SIGN: limits.sign_by,
        ClockKind.CONTACT: limits.contact_by,
        ClockKind.RESOLVE: limits.resolve_by,
    }


def signed(case: Appeal, at: datetime) -> dict[str, Any]:
    """The sign clock ends; at level A the contact clock now counts from the signature."""
    contact_by = deadlines.contact_by_after_sign(case.level, at, workdays(), urgent=case.urgent, policy=policy(at))
    move_to = {ClockKind.CONTACT: contact_by} if contact_by else {}
    return change(case, at, end=[ClockKind.SIGN], move_to=move_to)


def redone(case: Appeal, at: datetime) -> dict[str, Any]:
    """The next round (重办): signed at this moment, contact and resolve anew with the level's limits."""
    table, rules = workdays(), policy(at)
    limits = deadlines.limits(case.level, at, table, urgent=case.urgent, policy=rules)
    after_sign = deadlines.contact_by_after_sign(case.level, at, table, urgent=case.urgent, policy=rules)
    begin = {ClockKind.CONTACT: after_sign or limits.contact_by, ClockKind.RESOLVE: limits.resolve_by}
    columns = change(case, at, end=[ClockKind.VISIT], begin=begin, round=case.round + 1)
    return columns | {"sign_by": at, "hand_back_by": None, "used_minutes": None, "paused_minutes": 0}


def replied(case: Appeal, at: datetime) -> dict[str, Any]:
    """The reply ends the resolve clock, and a contact that never was has no verdict; the reviewer's clock begins."""
    due = deadlines.decision_by(at, workdays())
    return change(case, at, end=[ClockKind.RESOLVE], void=[ClockKind.CONTACT], begin={ClockKind.REVIEW: due})


def reviewed(case: Appeal, at: datetime) -> dict[str, Any]:
    """A passed review: the visit clock carries the invitation and the closing without a rating."""
    return change(case, at, end=[ClockKind.REVIEW], begin={ClockKind.VISIT: deadlines.visit_closing(at, workdays())})


def sent_back(case: Appeal, at: datetime) -> dict[str, Any]:
    """A failed review: the resolve clock goes on, its limit moved by the working minutes the review took."""
    table = workdays()
    lost = table.elapsed(case.replied_at, at)
    clock = case.clocks.filter(kind=ClockKind.RESOLVE, round=case.round).latest("pk")
    clock.ended_at, clock.verdict, clock.used_minutes = None, "", None
    clock.paused_minutes += lost
    _set_due(clock, deadlines.resume(clock.due_at, lost, table))
    clock.save()
    _rearm([clock], at)
    return change(case, at, end=[ClockKind.REVIEW]) | {"used_minutes": None}


def change(
    case: Appeal,
    at: datetime,
    *,
    begin: Mapping[ClockKind, datetime] | None = None,
    end: Collection[ClockKind] = (),
    void: Collection[ClockKind] = (),
    move_to: Mapping[ClockKind, datetime] | None = None,
    round: int | None = None,
) -> dict[str, Any]:
    """End, void, move and begin clocks of `case` at the moment `at`; returns the columns of the appeal to write.

    `void` ends without a verdict, `round` is that of the clocks begun (default: the case's). Timers of ended clocks
    and of older limits are cancelled, new ones are armed.
    """
    running = [] if case._state.adding else list(case.clocks.running())
    stopped = [clock for clock in running if clock.kind in {*end, *void}]
    for clock in stopped:
        _stop(clock, at, void=clock.kind in void and clock.kind not in end)
    moved = [clock for clock in running if clock.kind in (move_to or {})]
    for clock in moved:
        _set_due(clock, move_to[clock.kind])
    _save(stopped, moved, at)
    begun = _begin(case, at, begin or {}, round or case.round)
    _rearm(moved, at)
    _arm(begun, at)
    columns = _columns([clock for clock in running if clock not in stopped] + begun)
    answered = next((clock for clock in stopped if clock.kind == ClockKind.RESOLVE and clock.kind in end), None)
    return columns | ({"used_minutes": answered.used_minutes} if answered else {})


def end_all(case: Appeal, at: datetime) -> dict[str, Any]:
    """Nothing runs any more (withdrawn, declined, closed)."""
    return change(case, at, end=[ClockKind.TRIAGE, ClockKind.VISIT], void=list(ClockKind))


def _stop(clock, at, *, void):
    clock.ended_at = at
    clock.verdict = Clock.Verdict.VOID if void else Clock.Verdict.MET if at <= clock.due_at else Clock.Verdict.LATE
    clock.used_minutes = max(0, workdays().elapsed(clock.started_at, at) - clock.paused_minutes)


def _set_due(clock, due):
    clock.due_at = due
    clock.generation += 1
    clock.provisional = workdays().is_provisional(due)


def _save(stopped, moved, at):
    if stopped or moved:
        Clock.objects.bulk_update(
            stopped + moved,
            ["ended_at", "verdict", "used_minutes", "due_at", "generation", "provisional"],
        )
        Timer.objects.armed().of(stopped + moved).update(cancelled_at=at)


def _begin(case, at, limits, round):
    return Clock.objects.bulk_create(
        Clock(
            appeal=case,
            kind=kind,
            round=round,
            started_at=at,
            due_at=due,
            provisional=workdays().is_provisional(due),
        )
        for kind, due in limits.items()
    )


def _rearm(clocks, at):
    if clocks:
        _arm(clocks, at, fired=set(Timer.objects.fired().of(clocks).values_list("clock_id", "rung")))


def _arm(clocks, at, fired=frozenset()):
    # A rung that fired before the limit moved, and still lies behind us, has been told.
    Timer.objects.bulk_create(
        Timer(clock=clock, rung=rung.name, generation=clock.generation, due_at=rung.at)
        for clock in clocks
        for rung in _rungs(clock)
        if rung.at > at or (clock.pk, rung.name) not in fired
    )


def _rungs(clock):
    kind, urgent = ClockKind(clock.kind), clock.appeal.urgent
    return deadlines.rungs(kind, clock.started_at, clock.due_at, workdays(), urgent=urgent)


def _columns(running) -> dict[str, Any]:
    """The limits that lists sort and colour by; a limit of an ended clock stays in its column as a fact."""
    # Nobody is late because an enterprise has not rated yet.
    watched = [clock for clock in running if clock.kind != ClockKind.VISIT]
    return {
        **{_COLUMN[clock.kind]: clock.due_at for clock in running if clock.kind in _COLUMN},
        "due_by": min((clock.due_at for clock in watched), default=None),
        "yellow_at": min(map(_yellow_at, watched), default=None),
        "provisional": any(clock.provisional for clock in running),
    }


def _yellow_at(clock):
    kind, urgent = ClockKind(clock.kind), clock.appeal.urgent
    return deadlines.yellow_at(kind, clock.started_at, clock.due_at, workdays(), urgent=urgent)
