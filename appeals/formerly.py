"""What an office keeps of a case it has lost (存根): the number, when it left, its own steps. Nothing else of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import methodcaller

from appeals import paging
from appeals.models import Appeal, Event
from appeals.models.event import LEADING
from appeals.states import Actor, Status


@dataclass(frozen=True)
class Stub:
    number: str
    left_at: datetime | None
    events: list[Event]


def page(by: Actor, *, cursor: str = "", size: int = paging.PAGE) -> paging.Page:
    """One page of the stubs of `by`, the newest appeals first; four queries, however many there are."""
    shown = methodcaller("only", "pk", "number", "filed_at")
    found = paging.page_of(Appeal.objects.formerly_of(by), cursor=cursor, size=size, shown=shown)
    offices = by.handles | by.heads
    events = Event.objects.of_appeals(found.rows).by_offices_or_leading(sorted(offices))
    lines: dict[int, list[Event]] = {case.pk: [] for case in found.rows}
    for event in events.select_related("actor", "department"):
        lines[event.appeal_id].append(event)
    return paging.Page([_stub(case, lines[case.pk], offices) for case in found.rows], found.next, found.previous)


def _stub(case, events, offices) -> Stub:
    own = [event for event in events if event.department_id in offices]
    return Stub(case.number, left_at(events, offices), own)


def left_at(events: Iterable[Event], offices: Collection[str]) -> datetime | None:
    """When the lead last passed from `offices` to another one or back to triage; `events` in their order."""
    left, holds = None, False
    for event in events:
        heir = event.data.get("to" if event.verb == "move_office" else "lead") if event.verb in LEADING else None
        if heir is None and event.to_status != Status.TRIAGE:
            continue
        if holds and heir not in offices:
            left = event.at
        holds = heir in offices
    return left
