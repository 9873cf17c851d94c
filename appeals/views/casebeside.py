from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from appeals.models import Appeal, Conference, Event, Request, SupervisionOrder, SupportOrder
from appeals.states import Actor, Part, PauseReason, Status, parts_of
from appeals.wording import day
from chains.taxonomy import Role
from routing.calendar import workdays
from routing.deadlines import ClockKind

_MOST_LINKS = 20


@dataclass(frozen=True)
class Link:
    """Another appeal that belongs to this one, as seen from here."""

    words: Any
    case: Appeal


@dataclass(frozen=True)
class Beside:
    """What stands beside a case, as far as its reader may know it."""

    pause: Event | None = None
    pause_reason: str = ""
    pause_minutes: int = 0  # of working time, so far
    asks_enterprise: bool = False  # the pause waits for the enterprise itself
    plan: Event | None = None  # why it is parked
    next_news: datetime | None = None
    promise: str = ""
    promise_words: str = ""
    extension: Request | None = None
    waiting: list[Request] = field(default_factory=list)
    decided: list[Request] = field(default_factory=list)
    objection: Request | None = None
    supports: list[SupportOrder] = field(default_factory=list)
    orders: list[SupervisionOrder] = field(default_factory=list)
    conferences: list[tuple[Conference, str]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    more_links: int = 0
    earlier: list[Event] = field(default_factory=list)  # answers of earlier rounds, the newest first
    decline: Event | None = None
    decline_words: str = ""
    files_anew: bool = False  # closed for good: a new appeal can be linked to it

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.decided or self.supports or self.orders or self.conferences or self.links)


# What never happened in a case has left no rows: the record, read anyway, says which need not be looked for.
_LEFT_BY = {
    "all_requests": {"hand_back", "ask_extension", "ask_termination", "object", "ask_exclusion"},
    "all_supports": {"ask_support"},
    "all_orders": {"supervise"},
    "all_conferences": {"confer"},
}


def spare(case: Appeal, events: Sequence[Event]) -> None:
    """Leave unread what `events`, the whole record of `case`, do not speak of."""
    verbs = {event.verb for event in events}
    for name, leaving in _LEFT_BY.items():
        if not verbs & leaving:
            setattr(case, name, [])


def offices_of(case: Appeal, *, is_staff: bool) -> list[str]:
    """The offices named beside the case."""
    return [code for meeting in case.all_conferences for code in meeting.departments] if is_staff else []


def beside(
    case: Appeal,
    events: Sequence[Event],
    names: Mapping[str, str],
    actor: Actor,
    now,
    moves: Mapping[str, Any],
    *,
    is_staff: bool,
) -> Beside:
    """`events`: those that `actor` reads; `moves`: the steps `actor` may take."""
    last = {event.verb: event for event in events}
    return Beside(
        **_standing_still(case, last, now),
        **_promised(case, events),
        **_asked(case, is_staff),
        **(_owed(case, names) if is_staff else {}),
        **_links(case, actor, now),
        **_declined(case, last),
        earlier=[
            event for event in reversed(events) if event.verb == "reply" and event.round < case.round and event.text
        ],
        files_anew=case.status == Status.CLOSED and Part.MEMBER in parts_of(actor, case) and "reopen" not in moves,
    )


def _standing_still(case, last, now) -> dict[str, Any]:
    if case.status == Status.PARKED:
        # While it is parked no other clock of the case can come first.
        news = case.due_by if case.due_kind == ClockKind.PROGRESS else None
        return {"plan": last.get("park"), "next_news": news}
    if not case.paused_at or case.status != Status.SIGNED:
        return {}
    # The record, read anyway, says of a pause all that its row does.
    pause = last.get("pause")
    if pause is None:
        return {}
    reason, lasted = PauseReason(pause.data["reason"]), workdays().elapsed(pause.at, now)
    return {
        "pause": pause,
        "pause_reason": reason.label,
        "pause_minutes": lasted,
        "asks_enterprise": reason == PauseReason.ENTERPRISE,
    }


def _promised(case, events) -> dict[str, Any]:
    made = next((event for event in reversed(events) if event.verb == "promise" and event.round == case.round), None)
    if made is None or not case.promised_at:
        return {}
    return {"promise": day(made.data["until"]), "promise_words": made.text}


def _asked(case, is_staff) -> dict[str, Any]:
    """The enterprise reads of its own objection, and the words of an extension that was granted."""
    objections = [one for one in case.all_requests if one.kind == Request.Kind.OBJECTION]
    found = {"extension": next(iter(case.extensions_granted), None), "objection": next(iter(objections), None)}
    if not is_staff:
        return found
    rest = [one for one in case.all_requests if one is not found["extension"]]
    return found | {
        "waiting": [one for one in rest if one.is_waiting],
        "decided": [one for one in rest if not one.is_waiting and one.kind != Request.Kind.OBJECTION],
    }


def _owed(case, names) -> dict[str, Any]:
    meetings = [(one, "、".join(names[code] for code in one.departments)) for one in case.all_conferences]
    return {"supports": case.all_supports, "orders": case.all_orders, "conferences": meetings}


_POINTING = (
    ("merged_into", _("Merged into")),
    ("parent", _("Part of the mass incident")),
    ("split_from", _("Split from")),
    ("follows", _("Follows")),
)
_POINTED_AT = (
    ("merged_into_id", _("Merged into this one")),
    ("parent_id", _("Attached to this one")),
    ("split_from_id", _("Split off")),
    ("follows_id", _("Filed anew as")),
)


def linked(case, actor, now) -> list[Appeal]:
    return list(Appeal.objects.visible_to(actor, now).linked_with(case)[: _MOST_LINKS + 1])


def link_ahead(case: Appeal, actor: Actor, now) -> None:
    """Whoever sees every appeal reads the linked ones once: whether others are attached or split off shows in them."""
    if not actor.roles & {Role.TRIAGE, Role.DIRECTOR}:
        return
    case.others = linked(case, actor, now)
    if len(case.others) <= _MOST_LINKS:
        case.has_children = any(other.parent_id == case.pk for other in case.others)
        case.was_split = any(other.split_from_id == case.pk for other in case.others)


def _links(case, actor, now) -> dict[str, Any]:
    """Only appeals that the reader may open."""
    others = case.others if hasattr(case, "others") else linked(case, actor, now)
    found = [Link(words, other) for other in others for words in _how(case, other)]
    more = max(0, len(others) - _MOST_LINKS)
    return {"links": found[:_MOST_LINKS], "more_links": more}


def _how(case, other):
    yield from (words for name, words in _POINTING if getattr(case, f"{name}_id") == other.pk)
    yield from (words for name, words in _POINTED_AT if getattr(other, name) == case.pk)


def _declined(case, last) -> dict[str, Any]:
    if case.status != Status.DECLINED:
        return {}
    ends = [last[verb] for verb in ("decline", "decide_termination") if verb in last]
    ended = max(ends, key=lambda event: event.seq, default=None)
    words = [ended.data.get("explanation", ""), ended.text] if ended else []
    return {"decline": ended, "decline_words": "\n\n".join(word for word in words if word)}
