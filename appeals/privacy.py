"""What is encrypted at rest is shown to a person on purpose only, for a while, and on the record (product.md §9)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals.models import Appeal, Event
from appeals.moves import claim, record
from appeals.states import Actor, Part, Refused, Status, Why, parts_of, reads_as_staff
from chains import audit, locks
from chains.models import Audit
from chains.taxonomy import Role

MOST_AN_HOUR = 20
SHOWN_FOR = timedelta(minutes=10)
_CENTRE = frozenset({Role.TRIAGE, Role.DIRECTOR, Role.REVIEWER})
_HOUR = timedelta(hours=1)


@transaction.atomic
def reveal(appeal: Appeal, *, by: Actor, field: str, purpose: str, version=None, at: datetime | None = None) -> Event:
    """Record that `by` looks at the secret `field`; `revealed` then shows it. Raises Refused(LIMITED)."""
    at = at or timezone.now()
    case = claim(appeal, "reveal", by=by, at=at, version=version)
    _check_rate(by, at)
    event = record(case, "reveal", by=by, at=at, text=purpose, data={"field": field}, internal=True)
    seen = {"field": field, "event": event.seq}
    audit.note(Audit.Kind.REVEAL, by=by.user_id, subject=case.number, data=seen, origin=by.origin, at=at)
    return event


def _check_rate(by: Actor, at: datetime) -> None:
    # One at a time for a person: of two who look at once each would count without the other.
    locks.hold(locks.REVEALS, by.user_id)
    mine = Audit.objects.of_kind(Audit.Kind.REVEAL).by(by.user_id)
    looks = list(mine.since(at - _HOUR).values_list("at", flat=True))
    if len(looks) < MOST_AN_HOUR:
        return
    raise Refused(
        _("You have looked at %(limit)d contacts within an hour; please try again later.") % {"limit": MOST_AN_HOUR},
        why=Why.LIMITED,
        retry_after=int((min(looks) + _HOUR - at).total_seconds()) + 1,
    )


def may_know_enterprise(case: Appeal, actor: Actor) -> bool:
    """Anonymous to the department: only its own people, its park and the centre know whose appeal it is."""
    if not case.anonymous or case.enterprise_id in actor.enterprises or case.filed_by_id == actor.user_id:
        return True
    return bool(actor.roles & _CENTRE) or case.park_id in actor.stations


def knows_enterprise(actor: Actor) -> Q:
    """The appeals whose enterprise `actor` may know: `may_know_enterprise` in the words of the database."""
    if actor.roles & _CENTRE:
        return Q()
    known = Q(anonymous=False) | Q(filed_by=actor.user_id)
    if actor.enterprises:
        known |= Q(enterprise__in=actor.enterprises)
    return known | Q(park__in=actor.stations) if actor.stations else known


def may_know_complained_of(case: Appeal, actor: Actor) -> bool:
    """Whom it complains of is for the enterprise and for the centre, which routes around that office."""
    return not {Part.MEMBER, Part.TRIAGE, Part.DIRECTOR, Part.CHANNEL}.isdisjoint(parts_of(actor, case))


def may_read_reply(case: Appeal, actor: Actor) -> bool:
    """The enterprise reads a reply once its review has passed."""
    return case.status != Status.REPLIED or reads_as_staff(actor, case)


def without_strangers(events: Iterable[Event], by: Actor, now: datetime) -> list[Event]:
    """`events` that name the leading appeal of an incident only to whoever may open that one."""
    events = list(events)
    if numbers := {event.data["parent"] for event in events if "parent" in event.data}:
        seen = set(Appeal.objects.visible_to(by, now).numbered(*numbers).values_list("number", flat=True))
        for event in events:
            if event.data.get("parent", "") not in {"", *seen}:
                event.data = {name: value for name, value in event.data.items() if name != "parent"}
    return events


def as_enterprise_reads(events: Iterable[Event]) -> list[Event]:
    """`events` without internal lines, the text of what `_held_back` names, and what is among offices."""
    events = list(events)
    held = _held_back(events)
    shown = [event for event in events if not event.internal]
    for event in shown:
        event.data = {name: value for name, value in event.data.items() if name not in _NOT_TOLD}
        if event.seq in held:
            event.text = ""
    return shown


# The leading appeal is another enterprise's; what the classifier and the offices thought is no part of the case.
_NOT_TOLD = ("parent", "suggested", "escalated", "proposed_lead")


def as_office_reads(events: Iterable[Event], case: Appeal, actor: Actor) -> list[Event]:
    """`events` as staff reads them: whom the appeal complains of only where `actor` may know."""
    events = list(events)
    if not may_know_complained_of(case, actor):
        for event in events:
            event.data = _without_complained_of(event.data)
    return events


def _without_complained_of(data):
    found = {key: value for key, value in data.items() if key != "complained_of"}
    return found | {"was": _without_complained_of(found["was"])} if "was" in found else found


_AMONG_OFFICES = ("decide_hand_back", "reroute", "escalate")


def _held_back(events: list[Event]) -> set[int]:
    """The lines (seq) whose text is for staff: among offices, and replies that no review has passed, and why not."""
    held, reply = {event.seq for event in events if event.verb in _AMONG_OFFICES}, None
    for event in sorted(events, key=lambda event: event.seq):
        if event.verb in ("reply", "answer"):
            reply = event.seq
            held.add(reply)
        elif event.verb == "review" and event.data.get("passed"):
            held.discard(reply)
        elif event.verb == "review":
            held.add(event.seq)
    return held


def revealed(case: Appeal, events: list[Event], *, to: Actor, at: datetime) -> dict[str, str]:
    """The secrets of `case` that `to` asked for within the last ten minutes, read off its `events`."""
    mine = (event for event in events if event.verb == "reveal" and event.actor_id == to.user_id)
    return {event.data["field"]: getattr(case, event.data["field"]) for event in mine if at - event.at <= SHOWN_FOR}
