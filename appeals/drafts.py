"""Drafts (草稿): what somebody types is kept as it grows, and is gone with the step that sends it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from appeals import steps
from appeals.models import Appeal, Draft, Event
from appeals.states import Actor, Refused, Why, parts_of
from appeals.table import MOVES, Kind
from appeals.texts import cleaned

FILING = "file"
FILING_TEXTS = ("title", "description")
_LONGEST = 20_000  # more than any field takes: also what is too long to be sent is not lost
_KEPT = timedelta(days=30)


def texts_of(verb: str) -> tuple[str, ...]:
    """The names of the long texts of a step, or of the filing form."""
    if verb == FILING:
        return FILING_TEXTS
    return tuple(field.name for field in MOVES[verb].fields if field.kind == Kind.TEXT) if verb in MOVES else ()


@transaction.atomic
def keep(case: Appeal | None, verb: str, values: Mapping[str, Any], *, by: Actor, at: datetime) -> None:
    """Keep the long texts among `values` as drafts of `by`; an emptied one is forgotten. `case` None: filing.

    Raises Refused(FORBIDDEN) for a step that is for others.
    """
    if case and not set(parts_of(by, case)).intersection(MOVES[verb].who):
        raise Refused(_("This step is not yours to take."), why=Why.FORBIDDEN)
    typed = {name: cleaned(str(values[name]))[:_LONGEST] for name in texts_of(verb) if name in values}
    Draft.objects.bulk_create(
        [
            Draft(user_id=by.user_id, appeal=case, verb=verb, field=name, text=text, saved_at=at)
            for name, text in typed.items()
            if text
        ],
        update_conflicts=True,
        unique_fields=["user", "appeal", "verb", "field"],
        update_fields=["text", "saved_at"],
    )
    for name in (name for name, text in typed.items() if not text):
        _mine(by, case, verb).for_field(name).delete()


def kept(case: Appeal | None, *, by: Actor) -> dict[str, dict[str, Draft]]:
    """The drafts of `by` on `case` (None: for filing), by step and field."""
    found: dict[str, dict[str, Draft]] = {}
    for draft in Draft.objects.by(by.user_id).on(case):
        found.setdefault(draft.verb, {})[draft.field] = draft
    return found


@transaction.atomic
def take(case: Appeal, verb: str, values: Mapping[str, Any], *, by: Actor, version: int | None, at: datetime) -> Event:
    """`steps.take`, and what was kept of its texts is gone with it; a refused step leaves the drafts."""
    event = steps.take(case, verb, values, by=by, version=version, at=at)
    _mine(by, case, verb).delete()
    return event


def sent(by: Actor) -> None:
    """The filing form was sent: its drafts go in the caller's transaction."""
    _mine(by, None, FILING).delete()


def forget(at: datetime) -> int:
    """Drafts are kept for thirty days after the last word. Returns how many are gone."""
    return Draft.objects.saved_before(at - _KEPT).delete()[0]


def _mine(by, case, verb):
    return Draft.objects.by(by.user_id).on(case).of_step(verb)
