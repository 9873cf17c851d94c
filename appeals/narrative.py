"""The record of a case told to its reader: each event in words, names where the reader may know them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from appeals.models import Event
from appeals.states import Outcome, Part, PauseReason, Status
from appeals.table import MOVES
from appeals.wording import day, ground, moment
from chains.models import Department, Topic
from chains.taxonomy import Solved
from routing.deadlines import ClockKind
from routing.ladder import DEFAULT_LADDER


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


# Keys of an event that hold the code of an office; “from” is one on the way up, a number where a merging is undone.
_OFFICE_KEYS = ("lead", "proposed_lead", "department", "complained_of", "from")


def names_in(events: Iterable[Event], more: Iterable[str] = (), *, known: Mapping[str, str] | None = None) -> Names:
    """Those that are not among the `known` are read in two queries, however many events there are."""
    known = known or {}
    offices, topics = set(more), set()
    for event in events:
        if event.verb == "move_office":
            offices.add(event.data["to"])
        offices |= {event.data.get(key) for key in _OFFICE_KEYS}
        offices |= {*event.data.get("support", ()), *event.data.get("departments", ())}
        topics.add(event.data.get("topic"))
        if ClockKind.SUPPORT in (event.data.get("clock"), event.data.get("limit")):
            offices.add(event.data.get("subject"))
    offices, topics = offices - {None, *known}, topics - {None, *known}
    return Names({**known, **Department.objects.names_of(offices), **Topic.objects.names_of(topics)})


def tell(events: Sequence[Event], names: Mapping[str, str], *, user_id: int, with_names: bool) -> list[Line]:
    """Newest first. Without `with_names` people are known by their part and office only."""
    return [
        Line(
            event=event,
            words=words_of(event, names, as_staff=with_names),
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


def words_of(event: Event, names: Mapping[str, str], *, as_staff: bool = True) -> str:
    """The event in a few words, without its text; `as_staff` False: as the enterprise reads it."""
    if "clock" in event.data:
        return _of_rung(event, names)
    if not as_staff:
        told = _TOLD_TO_ENTERPRISE.get(event.verb) or _TOLD.get(event.verb)
        return told(event, names) if told else _label(event)
    words = _TOLD[event.verb](event, names) if event.verb in _TOLD else _label(event)
    # Written to every case of a mass incident because it was written to the leading one.
    leader = event.data.get("parent")
    return _("%(words)s (from the leading appeal %(number)s)") % {"words": words, "number": leader} if leader else words


def _label(event) -> str:
    return str(MOVES[event.verb].label if event.verb in MOVES else event.verb)


def bare_words_of(event: Event, names: Mapping[str, str]) -> str:
    """The event in words of the house only: nothing that somebody typed."""
    if "clock" not in event.data and event.verb in MOVES:
        return str(MOVES[event.verb].label)
    return words_of(event, names)


_RUNGS = {
    "yellow": lambda clock: _("%(clock)s: soon due") % {"clock": clock},
    "due": lambda clock: _("%(clock)s: the limit has passed") % {"clock": clock},
    "invite": lambda clock: _("Invited to rate the result"),
}


def _clock_of(kind, event, names):
    label = ClockKind(kind).label
    return f"{label} ({names[event.data['subject']]})" if kind == ClockKind.SUPPORT else label


def _limit_moved(words):
    """The limit of a clock by another calendar or rule, from one day to another."""

    def told(event, names):
        days = {"was": moment(event.data["was"]), "due": moment(event.data["due_at"])}
        return words() % {"clock": _clock_of(event.data["limit"], event, names), **days}

    return told


def _of_rung(event, names):
    clock = _clock_of(event.data["clock"], event, names)
    words = [_RUNGS[event.verb](clock) if event.verb in _RUNGS else _over(event, clock)]
    if "handler" in event.data:
        words.append(_("%(person)s takes over") % {"person": event.data["handler"]})
    if "order" in event.data:
        words.append(_("supervision order, to be answered by %(day)s") % {"day": day(event.data["answer_by"])})
    return pgettext("between parts of a line", "; ").join(words)


def _over(event, clock):
    rung = DEFAULT_LADDER.get(event.verb)
    if rung is None:
        return f"{clock}: {event.verb}"
    days = event.data.get("workdays", rung.workdays)
    told = ngettext("%(clock)s: %(days)d working day over", "%(clock)s: %(days)d working days over", days)
    return told % {"clock": clock, "days": days}


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


def _hand_back_decided(event, names):
    if event.data.get("granted"):
        return _("Hand-back granted: back to triage")
    return _("Hand-back refused: the case stays with %(lead)s") % {"lead": names[event.data.get("lead")]}


def _moved(event, names):
    words = {"old": names[event.data["from"]], "new": names[event.data["to"]]}
    return _("Passed from %(old)s to %(new)s: the office was reorganised") % words


def _extension_decided(event, names):
    if event.data.get("granted"):
        return _("Extended: the answer is due on %(day)s") % {"day": day(event.data["until"])}
    return _("Extension to %(day)s refused") % {"day": day(event.data["until"])}


def _termination_decided(event, names):
    words = {"ground": ground(event.data.get("ground"))}
    if event.data.get("granted"):
        return _("Ended without an answer: %(ground)s") % words
    return _("Termination refused (%(ground)s): the work goes on") % words


def _yes_or_no(granted, refused):
    return lambda event, names: granted() if event.data.get("granted") else refused()


def _reclassified(event, names):
    """What was changed to what; whom an appeal complains of is not told here."""
    data, changed = event.data, []
    if topic := data.get("topic"):
        changed.append(_("topic %(topic)s") % {"topic": names[topic]})
    if level := data.get("level"):
        changed.append(_("level %(level)s") % {"level": level})
    if "urgent" in data:
        changed.append(_("urgent") if data["urgent"] else _("not urgent"))
    if "complained_of" in data:
        changed.append(_("complained-of department"))
    return _("Corrected: %(changed)s") % {"changed": "、".join(changed)}


def _escalated(event, names):
    data = event.data
    if "from" in data:
        return _("Escalated from %(former)s to %(lead)s") % {"former": names[data["from"]], "lead": names[data["lead"]]}
    return _("Escalated; %(lead)s keeps the lead") % {"lead": names[data.get("lead")]}


def _supervised(event, names):
    who = names[event.data.get("department")] or _("the centre")
    return _("Supervision order to %(who)s, to be answered by %(day)s") % {
        "who": who,
        "day": day(event.data["answer_by"]),
    }


def _conference_called(event, names):
    offices = "、".join(names[code] for code in event.data.get("departments", ()))
    return _("Conference on %(day)s with %(offices)s") % {"day": day(event.data["on"]), "offices": offices}


def _concluded(event, names):
    if owner := event.data.get("owner"):
        return _("Conference concluded; %(owner)s takes the case over") % {"owner": owner}
    return _("Conference concluded")


def _split(event, names):
    count = len(event.data.get("parts", ()))
    words = ngettext("Split; %(count)d part became an appeal", "Split; %(count)d parts became appeals", count)
    return words % {"count": count} + ": " + "、".join(event.data.get("parts", ()))


def _asked(words):
    """A request with the day it asks for."""
    return lambda event, names: words() % {"day": day(event.data["until"])}


_TOLD = {
    "file": _filed,
    "move_office": _moved,
    "calendar": _limit_moved(lambda: _("%(clock)s: by the changed calendar due on %(due)s, no longer on %(was)s")),
    "limit": _limit_moved(lambda: _("%(clock)s: by the limit now in force due on %(due)s, no longer on %(was)s")),
    "ask_person": lambda event, names: _("Asks for a person to look at the automatic decision"),
    "dispatch": lambda event, names: _("Given to %(lead)s") % {"lead": names[event.data.get("lead")]},
    "answer": lambda event, names: _("Answered by the centre itself"),
    "decline": lambda event, names: _("Not accepted: %(ground)s") % {"ground": ground(event.data.get("ground"))},
    "reclassify": _reclassified,
    "reroute": lambda event, names: _("Taken back to triage, to go to another department"),
    "merge": lambda event, names: _("Merged into %(number)s") % {"number": event.data.get("into", "")},
    "unmerge": lambda event, names: _("Merging into %(number)s undone") % {"number": event.data.get("from", "")},
    "attach": lambda event, names: _("Attached to the mass incident %(number)s") % {"number": event.data.get("to", "")},
    "split": _split,
    "sign": lambda event, names: _("Taken on"),
    "hand_back": lambda event, names: (
        _("Asks to hand back; proposes %(lead)s") % {"lead": names[event.data.get("proposed_lead")]}
    ),
    "decide_hand_back": _hand_back_decided,
    "ask_termination": lambda event, names: (
        _("Asks to end the case: %(ground)s") % {"ground": ground(event.data.get("ground"))}
    ),
    "decide_termination": _termination_decided,
    "ask_extension": _asked(lambda: _("Asks for more time, until %(day)s")),
    "decide_extension": _extension_decided,
    "promise": _asked(lambda: _("An answer is promised by %(day)s")),
    "pause": lambda event, names: _("Paused: %(reason)s") % {"reason": PauseReason(event.data["reason"]).label},
    "resume": lambda event, names: _("Work goes on"),
    "park": lambda event, names: _("Not possible yet: kept on the list, with news every month"),
    "unpark": lambda event, names: _("Taken up again"),
    "assign": lambda event, names: _("Assigned to %(handler)s") % {"handler": event.data.get("handler", "")},
    "contact": lambda event, names: _("Spoke with the enterprise"),
    "progress": lambda event, names: _("Progress"),
    "ask_support": lambda event, names: (
        _("Asks %(office)s for support") % {"office": names[event.data.get("department")]}
    ),
    "support": lambda event, names: (
        _("Support answered by %(office)s") % {"office": names[event.data.get("department")]}
    ),
    "note": lambda event, names: _("Note"),
    "message": lambda event, names: _("Message; the pause is over") if event.data.get("resumed") else _("Message"),
    "upload": lambda event, names: _("Added a file: %(name)s") % {"name": event.data.get("name", "")},
    "remove_attachment": lambda event, names: _("Removed a file: %(name)s") % {"name": event.data.get("name", "")},
    "reveal": lambda event, names: _("Looked at the contact"),
    "reply": lambda event, names: _("Replied: %(outcome)s") % {"outcome": Outcome(event.data["outcome"]).label},
    "review": _reviewed,
    "visit": _visited,
    "rate": _rated,
    "redo": lambda event, names: _("To be redone"),
    "reopen": lambda event, names: _("Opened again: the matter has come back"),
    "urge": lambda event, names: _("The enterprise presses for an answer"),
    "withdraw": lambda event, names: _("Withdrawn"),
    "import": lambda event, names: (
        _("Corrected from another system") if event.data.get("changed") else _("Taken over from another system")
    ),
    "object": lambda event, names: _("The enterprise objects"),
    "decide_objection": _yes_or_no(
        lambda: _("Objection upheld: back to triage"), lambda: _("Objection rejected: it stays declined")
    ),
    "ask_exclusion": lambda event, names: _("Asks to leave the case out of the score"),
    "decide_exclusion": _yes_or_no(
        lambda: _("Left out of the score"), lambda: _("Exclusion refused: the case counts in the score")
    ),
    "find_false_closure": lambda event, names: _("Found not to be solved: opened again"),
    "escalate": _escalated,
    "confer": _conference_called,
    "conclude": _concluded,
    "supervise": _supervised,
    "answer_supervision": lambda event, names: _("Supervision order answered"),
    "comment": lambda event, names: _("Leader's comment"),
    "close_unrated": lambda event, names: _("Closed without a rating"),
}

# What an office is told in its own words, the enterprise is told in plain ones.
_TOLD_TO_ENTERPRISE = {
    "decide_hand_back": lambda event, names: _("Back at the centre, which finds the department responsible"),
    "reroute": lambda event, names: _("Back at the centre, which finds another department"),
    "escalate": lambda event, names: _("Passed on to %(lead)s") % {"lead": names[event.data.get("lead")]},
    "urge": lambda event, names: _("You asked to hurry"),
    "object": lambda event, names: _("You objected"),
    "decide_objection": _yes_or_no(
        lambda: _("Your objection was right: the appeal is taken up again"),
        lambda: _("Your objection was looked at and rejected"),
    ),
    "decide_termination": lambda event, names: (
        _("Not accepted: %(ground)s") % {"ground": ground(event.data.get("ground"))}
    ),
    "visit": lambda event, names: (
        (_("The centre telephoned you") if event.data.get("reached") else _("The centre telephoned and reached nobody"))
        + _answer(event)
    ),
}
