from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from appeals.listing import Filters
from appeals.measured import Measured
from appeals.models import Appeal
from appeals.paging import count_capped, page_of
from appeals.queues import OFFICE, Asked, chosen
from appeals.states import Status
from appeals.views.deskpage import address, orderings, pager, tabs
from chains.models import Department, District
from chains.taxonomy import Chain, Level
from routing.deadlines import Light

_NARROWING = ("q", "chain", "level")
_EVERYWHERE = ("q", "status", "chain", "level", "district", "lead", "light", "filed_from", "filed_to")
_CARRIED = ("topic", "park", "industry", "handler", "overdue", "urgent", "source", "nature", "closed_from", "closed_to")


def queue(asked: Asked, params: Mapping[str, str]) -> dict[str, Any]:
    """An office's queue as `params` narrow and order it: the rows of one saved view."""
    view, base = chosen(OFFICE, params.get("view")), reverse("appeals:office")
    kept = {name: params.get(name, "") for name in ("view", "ordering", *_NARROWING)} | {"view": view.key}
    filters = Filters.parse({name: kept[name] for name in _NARROWING}, by=asked.by, now=asked.now)
    rows = Appeal.objects.listed_to(asked.by, asked.now).open().meeting(view.condition(asked)).narrowed(filters)
    ordering = kept["ordering"] or "due_by"
    found = page_of(rows.with_rows(), ordering=ordering, cursor=params.get("cursor", ""))
    return {
        "view": view,
        "rows": found.rows,
        "kept": kept,
        "offices": list(Department.objects.names_of(asked.by.seats).values()),
        "orderings": orderings(ordering),
        "chains": Chain.choices,
        "levels": Level.choices,
        "back": address(base, kept, cursor=params.get("cursor")),
        "tabs": tabs(OFFICE, view, base),
        "is_narrowed": any(kept[name] for name in _NARROWING),
        **pager(base, kept, found),
    }


def every(user, actor, now, params) -> dict[str, Any]:
    """All the appeals that the lists of `actor` hold, as `params` narrow and order them."""
    base = reverse("appeals:mine")
    kept = {name: params[name] for name in (*_EVERYWHERE, *_CARRIED, *Measured.PARAMS, "ordering") if params.get(name)}
    rows = Appeal.objects.listed_to(actor, now).narrowed(Filters.parse(kept, by=actor, now=now))
    measured = Measured.parse(kept, by=user, now=now)
    if measured:
        rows = rows.meeting(measured.condition)
    ordering = kept.get("ordering") or "-filed_at"
    found = page_of(rows.with_rows(), ordering=ordering, cursor=params.get("cursor", ""))
    today = timezone.localdate(now)
    return {
        "rows": found.rows,
        "kept": kept,
        "measured": measured,
        "count": count_capped(rows) if measured else None,
        "orderings": orderings(ordering),
        "statuses": Status.choices,
        "chains": Chain.choices,
        "levels": Level.choices,
        "lights": Light.choices,
        "districts": District.objects.valid(today),
        "departments": Department.objects.valid(today),
        "is_narrowed": bool(kept.keys() - {"ordering"}),
        "base": base,
        **pager(base, kept, found),
    }


def by_number(text: str, actor, now) -> Appeal | None:
    """The appeal of that number: staff of the centre find closed ones by number only (product.md §2)."""
    number = text.strip().upper()
    return Appeal.objects.visible_to(actor, now).numbered(number).first() if number.startswith("QY") else None
