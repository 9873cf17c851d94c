"""Another level or urgency (改级): running clocks counted again from their own start, never into the past."""

from datetime import datetime
from typing import Any

from appeals import clocks
from appeals.models import Appeal
from appeals.states import Status
from chains.taxonomy import Level
from routing import deadlines
from routing.calendar import policy, workdays
from routing.deadlines import ClockKind


def relevelled(case: Appeal, at: datetime, *, level: str, urgent: bool) -> dict[str, Any]:
    """Running clocks by another level or urgency, each from its own start, never into the past (product.md §5)."""
    limits, is_other = {}, level != case.level
    for clock in case.clocks.running():
        due, still = _due_by_rule(case, clock, level, urgent), clock.stopped_at or at
        if due is not None:
            limits[ClockKind(clock.kind)] = due if due >= still else min(clock.due_at, still)
    begin = clocks.measure(at) if urgent and not case.urgent else {}
    void = [ClockKind.MEASURE] if case.urgent and not urgent else []
    if is_other and case.status == Status.SIGNED and not case.owner_id:
        case.level = level
        void.append(ClockKind.PROGRESS)
        begin |= clocks.next_progress(case, at)
    case.urgent = urgent
    columns = clocks.change(case, at, move_to=limits, begin=begin, void=void)
    # What was promised was a date of the former level.
    return columns | ({"promised_at": None} if is_other else {})


def _due_by_rule(case, clock, level, urgent) -> datetime | None:
    """The limit that `level` and `urgent` give a clock of the round; None for clocks that they do not touch."""
    table, rules = workdays(), policy(clock.started_at)
    if clock.kind == ClockKind.TRIAGE:
        return deadlines.triage_by(clock.started_at, table, urgent=urgent, policy=rules)
    if clock.kind not in clocks.ROUND:
        return None
    if clock.kind == ClockKind.RESOLVE:
        # Urgency does not touch it: what was promised, extended and paused stays.
        return None if level == case.level else _resolve_by_rule(case, clock, level, table, rules)
    limits = deadlines.limits(level, clock.started_at, table, urgent=urgent, policy=rules)
    due = limits.sign_by if clock.kind == ClockKind.SIGN else limits.contact_by
    if clock.kind == ClockKind.CONTACT and case.signed_at:
        due = deadlines.contact_by_after_sign(level, case.signed_at, table, urgent=urgent, policy=rules) or due
    return deadlines.resume(due, clock.paused_minutes, table) if clock.paused_minutes else due


def _resolve_by_rule(case, clock, level, table, rules) -> datetime:
    """By another level; an extension that was granted stays granted, and pauses count, but not at the statutory one."""
    due = deadlines.limits(level, clock.started_at, table, urgent=False, policy=rules).resolve_by
    if level != Level.L:
        due = deadlines.resume(due, clock.paused_minutes, table)
    granted = case.requests.granted("extension").asked_since(clock.started_at).first()
    return max(due, clocks.moved_since(clock, granted)) if granted else due
