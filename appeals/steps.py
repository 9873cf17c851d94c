"""One step on a case, from raw values to its function: what pages and API both call. The table says which fields."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import dispatch, followup, handling, privacy
from appeals.intake import cleaned
from appeals.models import Appeal, Event
from appeals.states import MOVES, Actor, Field, Kind, Refused, Why, check_move
from chains.models import Department, Post, Topic, User
from chains.taxonomy import Role

STEPS: dict[str, Callable[..., Event]] = {
    "dispatch": dispatch.dispatch,
    "decline": dispatch.decline,
    "sign": handling.sign,
    "hand_back": dispatch.hand_back,
    "decide_hand_back": dispatch.decide_hand_back,
    "assign": handling.assign,
    "contact": handling.contact,
    "note": handling.note,
    "message": handling.message,
    "reveal": privacy.reveal,
    "reply": handling.reply,
    "review": followup.review,
    "visit": followup.visit,
    "rate": followup.rate,
    "redo": followup.redo,
    "withdraw": followup.withdraw,
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
    return STEPS[verb](case, by=by, version=version, at=at, **_read(MOVES[verb].fields, values, case, at))


def _read(fields, values, case, at) -> dict[str, Any]:
    """The values of `fields`, each in its own type; what is optional and empty is left out."""
    read, errors = {}, {}
    for field in fields:
        try:
            value = _value(field, values.get(field.name), case, timezone.localdate(at))
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


def _value(field: Field, raw, case, day):
    """None where nothing was entered. Raises ValueError with words for the person."""
    if isinstance(raw, str):
        raw = cleaned(raw)
    if raw is None or raw in ("", [], ()):
        if field.required:
            raise ValueError(_("This field is required."))
        return None
    return _READERS[field.kind](field, raw, case, day)


def _text(field, raw, case, day) -> str:
    if not isinstance(raw, str):
        raise ValueError(_("Enter text."))
    if len(raw) > field.max_length:
        words = {"limit": field.max_length, "count": len(raw)}
        raise ValueError(_("At most %(limit)d characters; this has %(count)d.") % words)
    return raw


_TRUTH = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}


def _bool(field, raw, case, day) -> bool:
    truth = _TRUTH.get(str(raw).lower()) if isinstance(raw, bool | str) else None
    if truth is None:
        raise ValueError(_("Choose yes or no."))
    return truth


def _choice(field, raw, case, day) -> str:
    if raw not in field.choices.values:
        raise ValueError(_("Choose one of: %(choices)s.") % {"choices": ", ".join(field.choices.values)})
    return raw


def _integer(field, raw, case, day) -> int:
    text = str(raw)
    # Only plain digits: int() would also read "１２", " 5 " and True.
    if isinstance(raw, bool) or not (text.isascii() and text.removeprefix("-").isdecimal()) or len(text) > 9:
        raise ValueError(_("Enter a whole number."))
    if not field.low <= int(text) <= field.high:
        raise ValueError(_("Enter a number from %(low)d to %(high)d.") % {"low": field.low, "high": field.high})
    return int(text)


def _topic(field, raw, case, day) -> Topic:
    found = isinstance(raw, str) and Topic.objects.valid(day).with_duties().named(raw).first()
    if not found:
        raise ValueError(_("There is no such topic."))
    return found


def _department(field, raw, case, day) -> Department:
    found = isinstance(raw, str) and Department.objects.valid(day).named(raw).first()
    if not found:
        raise ValueError(_("There is no such department."))
    return found


def _departments(field, raw, case, day) -> list[Department]:
    words = raw if isinstance(raw, list | tuple) else [raw]
    if len(words) > 20:
        raise ValueError(_("At most %(limit)d departments.") % {"limit": 20})
    return [_department(field, cleaned(word) if isinstance(word, str) else word, case, day) for word in words if word]


def _handler(field, raw, case, day) -> User:
    found = isinstance(raw, str) and handlers_of(case, day).get(raw)
    if not found:
        raise ValueError(_("This person does not work in the department that leads the case."))
    return found


_READERS = {
    Kind.TEXT: _text,
    Kind.BOOL: _bool,
    Kind.CHOICE: _choice,
    Kind.INTEGER: _integer,
    Kind.TOPIC: _topic,
    Kind.DEPARTMENT: _department,
    Kind.DEPARTMENTS: _departments,
    Kind.HANDLER: _handler,
}


def handlers_of(case: Appeal, day: date) -> dict[str, User]:
    """Handlers and heads of the lead on `day`, by user name."""
    posts = Post.objects.held(day).at(case.lead_id, Role.HANDLER, Role.HEAD).select_related("user")
    return {post.user.username: post.user for post in posts}
