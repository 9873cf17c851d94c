from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

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
        "own_offices": asked.offices,
        "orderings": orderings(ordering),
        "chains": Chain.choices,
        "levels": Level.choices,
        "back": address(base, kept, cursor=params.get("cursor")),
        "tabs": tabs(OFFICE, view, base),
        "counts_url": reverse("appeals:office_counts"),
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
    return {
        "rows": found.rows,
        "kept": kept,
        "measured": measured,
        "count": count_capped(rows) if measured else None,
        "orderings": orderings(ordering),
        "selects": _selects(kept, now),
        "carried": [(name, kept[name]) for name in (*_CARRIED, *Measured.PARAMS) if name in kept],
        "is_narrowed": bool(kept.keys() - {"ordering"}),
        "base": base,
        **pager(base, kept, found),
    }


def _selects(kept, now):
    """The selects of the filter form: name, label, what leaves it open, options, the present one."""
    today = timezone.localdate(now)
    districts = District.objects.valid(today).values_list("pk", "name")
    offices = Department.objects.valid(today).values_list("pk", "short_name")
    rows = (
        ("status", _("Status"), _("Every status"), Status.choices),
        ("light", _("Light"), _("Every light"), Light.choices),
        ("chain", _("Chain"), _("All chains"), Chain.choices),
        ("level", _("Level"), _("All levels"), Level.choices),
        ("district", _("District"), _("All districts"), districts),
        ("lead", _("Lead"), _("All departments"), offices),
    )
    return [(name, label, none, options, kept.get(name, "")) for name, label, none, options in rows]


def by_number(text: str, actor, now) -> Appeal | None:
    """The appeal of that number: staff of the centre find closed ones by number only (product.md §2)."""
    number = text.strip().upper()
    return Appeal.objects.visible_to(actor, now).numbered(number).first() if number.startswith("QY") else None
