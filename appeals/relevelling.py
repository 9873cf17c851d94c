"""Another level or urgency (改级): running clocks counted again from their own start, never into the past."""

from datetime import datetime
from typing import Any

from appeals import clocks
from appeals.models import Appeal
from appeals.states import Status
from appeals.ticking import ROUND, Anew, usual
from chains.taxonomy import Level
from routing import deadlines
from routing.calendar import policy
from routing.deadlines import ClockKind
from routing.terms import Bound


def relevelled(case: Appeal, at: datetime, *, level: str, urgent: bool) -> dict[str, Any]:
    """Running clocks by another level or urgency, each from its own start, never into the past (product.md §5)."""
    is_other, was_urgent = level != case.level, case.urgent
    found = {ClockKind(clock.kind): _anew(case, clock, at, level, urgent) for clock in case.clocks.running()}
    void = [ClockKind.MEASURE] if was_urgent and not urgent else []
    case.urgent = urgent
    begin = usual(case, at, ClockKind.MEASURE) if urgent and not was_urgent else {}
    if is_other and case.status == Status.SIGNED and not case.owner_id:
        case.level = level
        void.append(ClockKind.PROGRESS)
        begin |= clocks.next_progress(case, at)
    move_to = {kind: anew for kind, anew in found.items() if anew}
    columns = clocks.change(case, at, move_to=move_to, begin=begin, void=void)
    # What was promised was a date of the former level.
    return columns | ({"promised_at": None} if is_other else {})


def _anew(case, clock, at, level, urgent) -> Anew | None:
    """What `level` and `urgent` give a clock of the round or of triage; None for clocks that they do not touch."""
    # Urgency does not touch resolving: what was promised, extended and paused stays.
    if clock.kind not in (ClockKind.TRIAGE, *ROUND) or (clock.kind == ClockKind.RESOLVE and level == case.level):
        return None
    still = clock.stopped_at or at
    bounds = [Bound(min(clock.due_at, still), still)]
    if clock.kind == ClockKind.RESOLVE:
        # An extension that was granted stays granted.
        asked = case.requests.granted("extension").asked_since(clock.started_at).first()
        bounds += [clocks.granted(asked)] if asked else []
    after_sign = clock.kind == ClockKind.CONTACT and level == Level.A and not urgent and case.signed_at
    rules, is_signed = policy(clock.started_at), bool(case.signed_at)
    return Anew(
        counts_from=after_sign or clock.started_at,
        spans=deadlines.spans(clock.kind, level, rules, urgent=urgent, is_signed=is_signed),
        bounds=tuple(bounds),
        # What stood still before does not count at the statutory level: 保障中小企业款项支付条例 (2025) §25.
        since=still if clock.kind == ClockKind.RESOLVE and level == Level.L else None,
    )
