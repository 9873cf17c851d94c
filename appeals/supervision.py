"""What stands above a case without doing it (督办, 批示): supervision orders, their answers, a leader's word."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from appeals import clocks
from appeals.asking import close_of
from appeals.models import Appeal, Event, SupervisionOrder
from appeals.moves import claim, record
from appeals.states import Actor, Status
from routing.deadlines import ClockKind


@transaction.atomic
def supervise(
    appeal: Appeal, *, by: Actor, order: str, answer_by: date, version=None, at: datetime | None = None
) -> Event:
    """An order (督办单) to whoever holds the case, to be answered by close of business of `answer_by`."""
    at = at or timezone.now()
    case = claim(appeal, "supervise", by=by, at=at, version=version)
    due = close_of(answer_by, "answer_by", after=at)
    office = None if case.status in (Status.TRIAGE, Status.REPLIED) else case.lead
    row = SupervisionOrder.objects.create(
        appeal=case, department=office, order=order, issued_by_id=by.user_id, issued_at=at, answer_by=due
    )
    columns = clocks.change(case, at, begin={(ClockKind.ORDER, str(row.pk)): answer_by})
    data = {"order": row.pk, "answer_by": due.isoformat(), "department": office and office.pk}
    columns["open_orders"] = case.open_orders + 1
    return record(case, "supervise", by=by, at=at, text=order, data=data, internal=True, **columns)


@transaction.atomic
def answer_supervision(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """The answer to every order that waits on the case."""
    at = at or timezone.now()
    case = claim(appeal, "answer_supervision", by=by, at=at, version=version)
    waiting = list(case.orders.waiting())
    for order in waiting:
        order.answer, order.answered_by_id, order.answered_at = text, by.user_id, at
    SupervisionOrder.objects.bulk_update(waiting, ["answer", "answered_by", "answered_at"])
    columns = clocks.change(case, at, end=[(ClockKind.ORDER, str(order.pk)) for order in waiting])
    case.answers_a_clock = any(order.clock_id for order in waiting)
    case.answered_to = [order.issued_by_id for order in waiting if order.issued_by_id]
    data = {"orders": [order.pk for order in waiting]}
    return record(
        case, "answer_supervision", by=by, at=at, text=text, data=data, internal=True, open_orders=0, **columns
    )


@transaction.atomic
def comment(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """A leader's word on the case (批示), for everybody who works on it."""
    at = at or timezone.now()
    case = claim(appeal, "comment", by=by, at=at, version=version)
    return record(case, "comment", by=by, at=at, text=text, internal=True)
