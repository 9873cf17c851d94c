"""The office's work (办理): sign, assign, contact, note, message, reply."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from appeals import clocks
from appeals.models import Appeal, Event
from appeals.moves import claim, move, record
from appeals.states import Actor, Status
from chains.models import User
from routing.deadlines import ClockKind


@transaction.atomic
def sign(appeal: Appeal, *, by: Actor, version=None, at: datetime | None = None) -> Event:
    """Take the case on (签收); whoever signs becomes its handler if none is assigned."""
    at = at or timezone.now()
    case = claim(appeal, "sign", by=by, at=at, version=version)
    return move(
        case,
        "sign",
        Status.SIGNED,
        by=by,
        at=at,
        signed_at=at,
        handler_id=case.handler_id or by.user_id,
        **clocks.signed(case, at),
    )


@transaction.atomic
def assign(appeal: Appeal, *, by: Actor, handler: User, version=None, at: datetime | None = None) -> Event:
    """The head gives the case to one of the office's handlers."""
    at = at or timezone.now()
    case = claim(appeal, "assign", by=by, at=at, version=version)
    return record(case, "assign", by=by, at=at, data={"handler": str(handler)}, internal=True, handler=handler)


@transaction.atomic
def contact(appeal: Appeal, *, by: Actor, note: str, version=None, at: datetime | None = None) -> Event:
    """The office has spoken with the enterprise (联系企业); the first time ends the contact clock."""
    at = at or timezone.now()
    case = claim(appeal, "contact", by=by, at=at, version=version)
    first = {} if case.contacted_at else {"contacted_at": at, **clocks.change(case, at, end=[ClockKind.CONTACT])}
    return record(case, "contact", by=by, at=at, text=note, **first)


@transaction.atomic
def note(
    appeal: Appeal, *, by: Actor, text: str, internal: bool = True, version=None, at: datetime | None = None
) -> Event:
    """A line of the record by staff; `internal` keeps it from the enterprise."""
    at = at or timezone.now()
    case = claim(appeal, "note", by=by, at=at, version=version)
    return record(case, "note", by=by, at=at, text=text, internal=bool(internal))


@transaction.atomic
def message(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """A word between the enterprise and whoever holds the case."""
    at = at or timezone.now()
    case = claim(appeal, "message", by=by, at=at, version=version)
    return record(case, "message", by=by, at=at, text=text)


@transaction.atomic
def reply(appeal: Appeal, *, by: Actor, outcome: str, text: str, version=None, at: datetime | None = None) -> Event:
    """The office's answer (反馈): ends the resolve clock and goes to review before the enterprise is asked."""
    at = at or timezone.now()
    case = claim(appeal, "reply", by=by, at=at, version=version)
    return move(
        case,
        "reply",
        Status.REPLIED,
        by=by,
        at=at,
        text=text,
        data={"outcome": outcome},
        replied_at=at,
        reply_outcome=outcome,
        reply_text=text,
        **clocks.replied(case, at),
    )
