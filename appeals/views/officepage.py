from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import selections
from appeals.measured import Measured
from appeals.models import Appeal
from appeals.paging import count_capped, page_of
from appeals.queues import OFFICE, Asked, chosen
from appeals.selections import List
from appeals.states import Status
from appeals.views.deskpage import address, orderings, pager, query_of, tabs
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
    shown = selections.office(kept, asked)
    found = page_of(shown.rows.with_rows(), ordering=shown.ordering, cursor=params.get("cursor", ""))
    return {
        "view": view,
        "rows": found.rows,
        "kept": kept,
        "offices": list(Department.objects.names_of(asked.by.seats).values()),
        "own_offices": asked.offices,
        "orderings": orderings(shown.ordering),
        "export": query_of(kept, what=List.OFFICE),
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
    shown = selections.every(kept, user=user, by=actor, now=now)
    found = page_of(shown.rows.with_rows(), ordering=shown.ordering, cursor=params.get("cursor", ""))
    return {
        "rows": found.rows,
        "kept": kept,
        "measured": shown.measured,
        "count": count_capped(shown.rows) if shown.measured else None,
        "orderings": orderings(shown.ordering),
        "export": query_of(kept, what=List.EVERY),
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
