"""One step on a case, from raw values to its function: what pages and API both call. The table says which fields."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import dispatch, followup, handling, privacy, reading
from appeals.models import Appeal, Event
from appeals.states import Actor, Refused, Why
from appeals.table import MOVES, Field, Kind, check_move
from chains.models import Post, User
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
    if reading.is_empty(raw):
        if field.required:
            raise ValueError(_("This field is required."))
        return None
    return _READERS[field.kind](field, raw, case, day)


def _handler(field, raw, case, day) -> User:
    found = isinstance(raw, str) and handlers_of(case, day).get(raw)
    if not found:
        raise ValueError(_("This person does not work in the department that leads the case."))
    return found


_READERS = {
    Kind.TEXT: lambda field, raw, case, day: reading.text(raw, most=field.max_length),
    Kind.BOOL: lambda field, raw, case, day: reading.truth(raw),
    Kind.CHOICE: lambda field, raw, case, day: reading.choice(raw, field.choices),
    Kind.INTEGER: lambda field, raw, case, day: reading.integer(raw, low=field.low, high=field.high),
    Kind.TOPIC: lambda field, raw, case, day: reading.topic(raw, day),
    Kind.DEPARTMENT: lambda field, raw, case, day: reading.department(raw, day),
    Kind.DEPARTMENTS: lambda field, raw, case, day: reading.departments(raw, day),
    Kind.HANDLER: _handler,
}


def handlers_of(case: Appeal, day: date) -> dict[str, User]:
    """Handlers and heads of the lead on `day`, by user name."""
    posts = Post.objects.held(day).at(case.lead_id, Role.HANDLER, Role.HEAD).select_related("user")
    return {post.user.username: post.user for post in posts}
