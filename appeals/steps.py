"""One step on a case, from raw values to its function: what pages and API both call. The table says which fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import (
    asking,
    dispatch,
    escalation,
    followup,
    handling,
    linking,
    pausing,
    privacy,
    reading,
    supervision,
)
from appeals.models import Appeal, Event
from appeals.people import leaders
from appeals.states import MOST_PARTS, Actor, Refused, Why
from appeals.table import MOVES, Field, Kind, check_move
from chains.models import Post, User
from chains.taxonomy import Role

STEPS: dict[str, Callable[..., Event]] = {
    "dispatch": dispatch.dispatch,
    "answer": dispatch.answer,
    "decline": dispatch.decline,
    "reclassify": dispatch.reclassify,
    "reroute": dispatch.reroute,
    "merge": linking.merge,
    "unmerge": linking.unmerge,
    "attach": linking.attach,
    "split": linking.split,
    "sign": handling.sign,
    "hand_back": asking.hand_back,
    "decide_hand_back": asking.decide_hand_back,
    "assign": handling.assign,
    "contact": handling.contact,
    "progress": handling.progress,
    "ask_support": handling.ask_support,
    "support": handling.support,
    "ask_person": asking.ask_person,
    "ask_extension": asking.ask_extension,
    "decide_extension": asking.decide_extension,
    "ask_termination": asking.ask_termination,
    "decide_termination": asking.decide_termination,
    "promise": pausing.promise,
    "pause": pausing.pause,
    "resume": pausing.resume,
    "park": pausing.park,
    "unpark": pausing.unpark,
    "note": handling.note,
    "message": handling.message,
    "reveal": privacy.reveal,
    "reply": handling.reply,
    "review": followup.review,
    "visit": followup.visit,
    "rate": followup.rate,
    "redo": followup.redo,
    "reopen": followup.reopen,
    "urge": followup.urge,
    "withdraw": followup.withdraw,
    "object": asking.object_to,
    "decide_objection": asking.decide_objection,
    "ask_exclusion": asking.ask_exclusion,
    "decide_exclusion": asking.decide_exclusion,
    "find_false_closure": followup.find_false_closure,
    "escalate": escalation.escalate,
    "confer": escalation.confer,
    "conclude": escalation.conclude,
    "supervise": supervision.supervise,
    "answer_supervision": supervision.answer_supervision,
    "comment": supervision.comment,
}


def take(
    case: Appeal, verb: str, values: Mapping[str, Any], *, by: Actor, version: int | None, at: datetime | None = None
) -> Event:
    """Take `verb` of STEPS on `case` with `values` as they were typed or sent; unknown keys are ignored.

    Raises Refused in the order of the house: FORBIDDEN, CONFLICT, STALE, then INVALID with `errors` by field.
    """
    at = at or timezone.now()
    check_move(verb, case, by, at=at, version=version)
    if version is None:
        raise _invalid({"version": [_("Send the version of the appeal that you saw.")]})
    asked = Asked(case, by, at)
    return STEPS[verb](case, by=by, version=version, at=at, **_read(MOVES[verb].fields, values, asked))


def read(verb: str, values: Mapping[str, Any], case: Appeal, *, by: Actor, at: datetime) -> dict[str, Any]:
    """What `take` would make of `values` on `case`. Raises Refused(INVALID) with `errors` by field."""
    return _read(MOVES[verb].fields, values, Asked(case, by, at))


@dataclass(frozen=True)
class Asked:
    """What the value of a field may depend on: the case, who enters it, and when."""

    case: Appeal
    by: Actor
    at: datetime

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)


def _read(fields, values, asked: Asked) -> dict[str, Any]:
    """The values of `fields`, each in its own type; what is optional and empty is left out."""
    read, errors = {}, {}
    for field in fields:
        try:
            value = _value(field, values.get(field.name), asked)
        except ValueError as wrong:
            errors[field.name] = [str(wrong)]
        else:
            if value is not None:
                read[field.name] = value
    if errors:
        raise _invalid(errors)
    return read


def _invalid(errors):
    return Refused(_("Please check what you entered."), why=Why.INVALID, errors=errors)


def _value(field: Field, raw, asked):
    """None where nothing was entered. Raises ValueError with words for the person."""
    if reading.is_empty(raw):
        if field.required:
            raise ValueError(_("This field is required."))
        return None
    found = _READERS[field.kind](field, raw, asked)
    if field.required and found == []:
        raise ValueError(_("This field is required."))
    return found


def _handler(field, raw, asked) -> User:
    found = isinstance(raw, str) and handlers_of(asked.case, asked.day).get(raw)
    if not found:
        raise ValueError(_("This person does not work in the department that leads the case."))
    return found


def _leader(field, raw, asked) -> User:
    found = isinstance(raw, str) and leaders(asked.day).get(raw)
    if not found:
        raise ValueError(_("This person is not one of the leaders."))
    return found


def _appeal(field, raw, asked) -> Appeal:
    return reading.appeal(raw, Appeal.objects.visible_to(asked.by, asked.at))


_READERS = {
    Kind.TEXT: lambda field, raw, asked: reading.text(raw, most=field.max_length),
    Kind.BOOL: lambda field, raw, asked: reading.truth(raw),
    Kind.CHOICE: lambda field, raw, asked: reading.choice(raw, field.choices),
    Kind.INTEGER: lambda field, raw, asked: reading.integer(raw, low=field.low, high=field.high),
    Kind.DATE: lambda field, raw, asked: reading.day(raw),
    Kind.TOPIC: lambda field, raw, asked: reading.topic(raw, asked.day),
    Kind.DEPARTMENT: lambda field, raw, asked: reading.department(raw, asked.day),
    Kind.DEPARTMENTS: lambda field, raw, asked: reading.departments(raw, asked.day),
    Kind.HANDLER: _handler,
    Kind.LEADER: _leader,
    Kind.APPEAL: _appeal,
    Kind.PARTS: lambda field, raw, asked: reading.parts(raw, most=MOST_PARTS),
}


def handlers_of(case: Appeal, day: date) -> dict[str, User]:
    """Handlers and heads of the lead on `day`, by user name."""
    posts = Post.objects.held(day).at(case.lead_id, Role.HANDLER, Role.HEAD).select_related("user")
    return {post.user.username: post.user for post in posts}
