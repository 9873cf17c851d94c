"""The record of a case told to its reader: each event in words, names where the reader may know them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from appeals.models import Event
from appeals.states import Outcome, Part, Status
from appeals.table import MOVES
from appeals.wording import ground
from chains.models import Department, Topic
from chains.taxonomy import Solved
from routing.deadlines import ClockKind


@dataclass(frozen=True)
class Line:
    """One event as it is shown. `kind`: move, clock or record; `who` says part and office, and for staff the name."""

    event: Event
    words: str
    who: str
    kind: str
    is_mine: bool


class Names(dict):
    """Code → name of the departments and topics that events mention."""

    def __missing__(self, code):
        return code or ""


def names_in(events: Iterable[Event], more: Iterable[str] = ()) -> Names:
    """Read in two queries, however many events there are."""
    offices, topics = set(more), set()
    for event in events:
        offices |= {event.data.get("lead"), event.data.get("proposed_lead"), *event.data.get("support", ())}
        if event.verb == "move_office":
            offices |= {event.data["from"], event.data["to"]}
        topics.add(event.data.get("topic"))
    return Names(Department.objects.names_of(offices - {None}) | Topic.objects.names_of(topics - {None}))


def tell(events: Sequence[Event], names: Mapping[str, str], *, user_id: int, with_names: bool) -> list[Line]:
    """Newest first. Without `with_names` people are known by their part and office only."""
    return [
        Line(
            event=event,
            words=words_of(event, names),
            who=_who(event, with_names),
            kind=_kind(event),
            is_mine=event.actor_id == user_id,
        )
        for event in sorted(events, key=lambda event: -event.seq)
    ]


def _kind(event):
    if "clock" in event.data:
        return "clock"
    return "move" if event.from_status != event.to_status else "record"


def _who(event, with_names):
    if event.part == Part.AUTOMATIC or event.actor is None:
        return _("Automatic")
    words = [event.get_part_display()]
    if event.department:
        words = [event.department.short_name, *words]
    # The people of an enterprise are not named: it may be anonymous to the reader.
    if with_names and event.part != Part.MEMBER:
        words.append(str(event.actor))
    return " · ".join(words)


def words_of(event: Event, names: Mapping[str, str]) -> str:
    """The event in a few words, without its text."""
    if "clock" in event.data:
        return _of_rung(event)
    told = _TOLD.get(event.verb)
    return told(event, names) if told else str(MOVES[event.verb].label if event.verb in MOVES else event.verb)


def bare_words_of(event: Event, names: Mapping[str, str]) -> str:
    """The event in words of the house only: nothing that somebody typed."""
    if "clock" not in event.data and event.verb in MOVES:
        return str(MOVES[event.verb].label)
    return words_of(event, names)


_RUNGS = {
    "yellow": lambda clock: _("%(clock)s: soon due") % {"clock": clock},
    "due": lambda clock: _("%(clock)s: the limit has passed") % {"clock": clock},
    "plus1": lambda clock: _("%(clock)s: one working day over, supervision informed") % {"clock": clock},
    "plus3": lambda clock: _("%(clock)s: three working days over, the director informed") % {"clock": clock},
    "plus5": lambda clock: _("%(clock)s: five working days over, the leaders informed") % {"clock": clock},
    "invite": lambda clock: _("Invited to rate the result"),
}


def _of_rung(event):
    clock = ClockKind(event.data["clock"]).label
    told = _RUNGS.get(event.verb)
    return told(clock) if told else f"{clock}: {event.verb}"


def _filed(event, names):
    if event.data.get("automatic"):
        return _("Filed, and given automatically to %(lead)s") % {"lead": names[event.data["lead"]]}
    return _("Filed")


def _reviewed(event, names):
    return _("Review passed") if event.data.get("passed") else _("Review: sent back to the department")


def _visited(event, names):
    if not event.data.get("reached"):
        return _("Return visit: not reached")
    return _("Return visit") + _answer(event)


def _rated(event, names):
    words = _("Rated") + _answer(event)
    return words + " · " + _("to be redone") if event.to_status != Status.CLOSED else words


def _answer(event):
    solved, stars = event.data.get("solved"), event.data.get("stars")
    words = [str(Solved(solved).label)] if solved else []
    if stars:
        words.append("★" * stars + "☆" * (5 - stars))
    return "".join(f" · {word}" for word in words)


def _decided(event, names):
    if event.data.get("granted"):
        return _("Hand-back granted: back to triage")
    return _("Hand-back refused: the case stays with %(lead)s") % {"lead": names[event.data.get("lead")]}


def _moved(event, names):
    words = {"old": names[event.data["from"]], "new": names[event.data["to"]]}
    return _("Passed from %(old)s to %(new)s: the office was reorganised") % words


_TOLD = {
    "file": _filed,
    "move_office": _moved,
    "ask_person": lambda event, names: _("Asks for a person to look at the automatic decision"),
    "dispatch": lambda event, names: _("Given to %(lead)s") % {"lead": names[event.data.get("lead")]},
    "decline": lambda event, names: _("Not accepted: %(ground)s") % {"ground": ground(event.data.get("ground"))},
    "sign": lambda event, names: _("Taken on"),
    "hand_back": lambda event, names: (
        _("Asks to hand back; proposes %(lead)s") % {"lead": names[event.data.get("proposed_lead")]}
    ),
    "decide_hand_back": _decided,
    "assign": lambda event, names: _("Assigned to %(handler)s") % {"handler": event.data.get("handler", "")},
    "contact": lambda event, names: _("Spoke with the enterprise"),
    "note": lambda event, names: _("Note"),
    "message": lambda event, names: _("Message"),
    "upload": lambda event, names: _("Added a file: %(name)s") % {"name": event.data.get("name", "")},
    "remove_attachment": lambda event, names: _("Removed a file: %(name)s") % {"name": event.data.get("name", "")},
    "reveal": lambda event, names: _("Looked at the contact"),
    "reply": lambda event, names: _("Replied: %(outcome)s") % {"outcome": Outcome(event.data["outcome"]).label},
    "review": _reviewed,
    "visit": _visited,
    "rate": _rated,
    "redo": lambda event, names: _("To be redone"),
    "withdraw": lambda event, names: _("Withdrawn"),
    "import": lambda event, names: (
        _("Corrected from another system") if event.data.get("changed") else _("Taken over from another system")
    ),
    "close_unrated": lambda event, names: _("Closed without a rating"),
}
