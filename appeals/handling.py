"""The office's work (办理): sign, assign, contact, progress, note, message, reply; support by other offices."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks
from appeals.asking import looked_at
from appeals.incidents import shared
from appeals.models import Appeal, Event, SupportOrder
from appeals.moves import claim, move, record
from appeals.pausing import heard_from
from appeals.states import Actor, Part, Status, refused_at
from chains.models import Department, User
from routing.calendar import workdays
from routing.deadlines import ClockKind, counted


@shared
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


@shared
def contact(appeal: Appeal, *, by: Actor, note: str, version=None, at: datetime | None = None) -> Event:
    """The office has spoken with the enterprise (联系企业); the first time ends the contact clock."""
    at = at or timezone.now()
    case = claim(appeal, "contact", by=by, at=at, version=version)
    first = {} if case.contacted_at else {"contacted_at": at, **clocks.change(case, at, end=[ClockKind.CONTACT])}
    return record(case, "contact", by=by, at=at, text=note, **first)


@shared
def progress(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """What has been done so far (进展): an urgent case's first measure, the monthly news of a hard or parked one."""
    at = at or timezone.now()
    case = claim(appeal, "progress", by=by, at=at, version=version)
    columns = clocks.progressed(case, at, parked=case.status == Status.PARKED)
    return record(case, "progress", by=by, at=at, text=text, **columns)


@transaction.atomic
def note(
    appeal: Appeal, *, by: Actor, text: str, internal: bool = True, version=None, at: datetime | None = None
) -> Event:
    """A line of the record by staff; `internal` keeps it from the enterprise."""
    at = at or timezone.now()
    case = claim(appeal, "note", by=by, at=at, version=version)
    # Whoever asked for a person has to learn what that person says: an internal line does not answer.
    looked = {} if internal else looked_at(case)
    data = {"looked_at": True} if looked else {}
    return record(case, "note", by=by, at=at, text=text, data=data, internal=bool(internal), **looked)


@transaction.atomic
def message(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """A word between the enterprise and whoever holds the case; the enterprise's own ends a pause."""
    at = at or timezone.now()
    case = claim(appeal, "message", by=by, at=at, version=version)
    resumed = heard_from(case, at) if case.acting_as == Part.MEMBER else {}
    data = {"resumed": True} if resumed else {}
    return record(case, "message", by=by, at=at, text=text, data=data, counts=bool(resumed), **resumed)


@transaction.atomic
def ask_support(
    appeal: Appeal, *, by: Actor, department: Department, request: str, version=None, at: datetime | None = None
) -> Event:
    """Another office is to do its part (协办) within three working days, before the lead replies.

    Raises Refused(INVALID) for the lead itself, the complained-of department, and an office that owes one already.
    """
    at = at or timezone.now()
    case = claim(appeal, "ask_support", by=by, at=at, version=version)
    _check_helper(case, department)
    [limit] = clocks.usual(case, at, ClockKind.SUPPORT).values()
    SupportOrder.objects.create(
        appeal=case,
        round=case.round,
        department=department,
        request=request,
        asked_by_id=by.user_id,
        asked_at=at,
        due_at=counted(at, limit, workdays(department.pk)),
    )
    columns = clocks.change(case, at, begin={(ClockKind.SUPPORT, department.pk): limit})
    supporting = list(dict.fromkeys([*case.supporting, department.pk]))
    data = {"department": department.pk}
    return record(
        case, "ask_support", by=by, at=at, text=request, data=data, internal=True, supporting=supporting, **columns
    )


def _check_helper(case, office):
    reason = None
    if office.pk in (case.lead_id, case.complained_of_id):
        reason = _("Choose another office.")
    elif case.supports.waiting().to([office.pk]).exists():
        reason = _("This office has been asked already and has not answered yet.")
    if reason:
        raise refused_at("department", reason)


@transaction.atomic
def support(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """A supporting office says what it did (协办反馈); what it was asked for is answered by it."""
    at = at or timezone.now()
    case = claim(appeal, "support", by=by, at=at, version=version)
    offices = sorted((by.handles | by.heads) & set(case.supporting))
    owed = list(case.supports.waiting().to(offices))
    for order in owed:
        order.answer, order.answered_by_id, order.answered_at = text, by.user_id, at
    SupportOrder.objects.bulk_update(owed, ["answer", "answered_by", "answered_at"])
    answered = [order.department_id for order in owed]
    columns = clocks.change(case, at, end=[(ClockKind.SUPPORT, office) for office in answered])
    data = {"department": (answered or offices)[0]}
    return record(case, "support", by=by, at=at, text=text, data=data, internal=True, **columns)


@shared
def reply(appeal: Appeal, *, by: Actor, outcome: str, text: str, version=None, at: datetime | None = None) -> Event:
    """The office's answer (反馈): ends the resolve clock and goes to review before the enterprise is asked."""
    at = at or timezone.now()
    case = claim(appeal, "reply", by=by, at=at, version=version)
    resumed = heard_from(case, at)
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
        **(resumed | clocks.replied(case, at)),
    )
