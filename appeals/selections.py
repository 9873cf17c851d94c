"""What a list holds under its filters (列表): the same rows for its pages, its export and a job that runs later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appeals import paging
from appeals.listing import READERS, Filters
from appeals.measured import Measured
from appeals.models import Appeal
from appeals.queues import OFFICE, Asked, chosen, rows_of
from appeals.states import Actor, Refused, Why
from chains.models import User
from routing.calendar import workdays


class List(TextChoices):
    EVERY = "every", gettext_lazy("All appeals")
    OFFICE = "office", gettext_lazy("Department queue")


@dataclass(frozen=True)
class Selection:
    """The rows of a list in no order yet, and the name of the order they are shown in."""

    rows: QuerySet
    ordering: str
    measured: Measured | None = None

    @property
    def in_order(self) -> QuerySet:
        return paging.ordered(self.rows, self.ordering)


def of(what: str, params: Mapping, *, user: User, by: Actor, now: datetime) -> Selection:
    """The rows of the list `what` that `params` ask for; Refused where they are none, or it is not theirs."""
    if what == List.OFFICE:
        return office(params, asked_in_office(by, now))
    return every(params, user=user, by=by, now=now)


def every(params: Mapping, *, user: User, by: Actor, now: datetime) -> Selection:
    """All the appeals that the lists of `by` hold, narrowed by filters and by the measure of a board."""
    rows = Appeal.objects.listed_to(by, now).narrowed(Filters.parse(params, by=by, now=now))
    measured = Measured.parse(params, by=user, now=now)
    if measured:
        rows = rows.meeting(measured.condition)
    return Selection(rows, params.get("ordering") or "-filed_at", measured)


def office(params: Mapping, asked: Asked) -> Selection:
    """The open appeals of one saved view of an office's queue."""
    view = chosen(OFFICE, params.get("view"))
    rows = rows_of(view, asked).meeting(view.condition(asked))
    filters = Filters.parse(params, by=asked.by, now=asked.now)
    return Selection(rows.narrowed(filters), params.get("ordering") or "due_by")


def asked_in_office(by: Actor, now: datetime) -> Asked:
    """Refused to whoever works in no office."""
    if not by.handles | by.heads:
        raise Refused(_("The department queue is for handlers and heads of an office."), why=Why.FORBIDDEN)
    return Asked.at(by, now, workdays())


def noted(params: Mapping) -> dict[str, str]:
    """The filters in `params` for the audit, which holds no texts: what was searched for may be a name."""
    names = (*READERS, *Measured.PARAMS, "view", "ordering")
    given = {name: ",".join(_values(params, name)) for name in names if params.get(name)}
    return given | ({"q": "*"} if "q" in given else {})


def _values(params, name):
    return params.getlist(name) if hasattr(params, "getlist") else [str(params[name])]
