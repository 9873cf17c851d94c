from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import bulk, selections
from appeals.listing import READERS
from appeals.measured import Measured
from appeals.models import Appeal
from appeals.paging import count_capped, page_of
from appeals.queues import EVERY, OFFICE, Asked, chosen, views_of
from appeals.savedviews import Page
from appeals.selections import List
from appeals.states import Status
from appeals.views.deskpage import address, orderings, pager, query_of, views_nav
from chains.handbook import handbook
from chains.taxonomy import Chain, Level, Nature, Tier
from routing.deadlines import Light

_NARROWING = ("q", "chain", "level")
# Beside the filters that always show; with one of these the form opens wide.
_RARER = ("topic", "park", "industry", "nature", "source", "urgent", "overdue", "handler", "closed_from", "closed_to")


def queue_kept(params: Mapping[str, str]) -> dict[str, str]:
    """What the address of an office's queue says."""
    view = chosen(OFFICE, params.get("view"))
    return {name: params.get(name, "") for name in ("view", "ordering", *_NARROWING)} | {"view": view.key}


def queue(asked: Asked, params: Mapping[str, str]) -> dict[str, Any]:
    """An office's queue as `params` narrow and order it: the rows of one saved view."""
    kept, base = queue_kept(params), reverse("appeals:office")
    shown = selections.office(kept, asked)
    found = page_of(shown.rows, ordering=shown.ordering, cursor=params.get("cursor", ""))
    return {
        "view": chosen(OFFICE, kept["view"]),
        "rows": found.rows,
        "kept": kept,
        "offices": list(handbook(timezone.localdate(asked.now)).short_names(asked.by.seats).values()),
        "own_offices": asked.offices,
        "orderings": orderings(shown.ordering),
        "export": query_of(kept, what=List.OFFICE),
        "bulk_moves": bulk.offered(asked.by),
        "chains": Chain.choices,
        "levels": Level.choices,
        "back": address(base, kept, cursor=params.get("cursor")),
        "is_narrowed": any(kept[name] for name in _NARROWING),
        **views_nav(Page.OFFICE, kept, views_of(OFFICE, asked.by), asked.by),
        **pager(base, kept, found),
    }


def every_kept(params: Mapping[str, str]) -> dict[str, str]:
    """What the address of the list of everything says."""
    return {name: params[name] for name in (*READERS, *Measured.PARAMS, "ordering") if params.get(name)}


def every(user, actor, now, params) -> dict[str, Any]:
    """All the appeals that the lists of `actor` hold, as `params` narrow and order them."""
    base, kept = reverse("appeals:mine"), every_kept(params)
    shown = selections.every(kept, user=user, by=actor, now=now)
    found = page_of(shown.rows, ordering=shown.ordering, cursor=params.get("cursor", ""))
    usual, rarer = _selects(kept, timezone.localdate(now))
    return {
        "rows": found.rows,
        "kept": kept,
        "measured": shown.measured,
        "count": count_capped(shown.rows) if shown.measured else None,
        "orderings": orderings(shown.ordering),
        "export": query_of(kept, what=List.EVERY),
        "bulk_moves": bulk.offered(actor),
        "selects": usual,
        "rarer_selects": rarer,
        "rarer_count": sum(name in kept for name in _RARER),
        "carried": [(name, kept[name]) for name in ("number", *Measured.PARAMS) if name in kept],
        "is_narrowed": bool(kept.keys() - {"ordering"}),
        "base": base,
        **views_nav(Page.EVERY, kept, views_of(EVERY, actor), actor),
        **pager(base, kept, found),
    }


def _selects(kept, today):
    """The selects of the filter form, the usual and the rarer: name, label, what leaves it open, options, present."""
    book = handbook(today)
    offices = [(row.pk, row.short_name) for row in book.offices.values()]
    parks = [(row.pk, row.short_name) for row in book.offices.values() if row.tier == Tier.PARK]
    yes_no = (("true", _("Yes")), ("false", _("No")))
    usual = (
        ("status", _("Status"), _("Every status"), Status.choices),
        ("light", _("Light"), _("Every light"), Light.choices),
        ("chain", _("Chain"), _("All chains"), Chain.choices),
        ("level", _("Level"), _("All levels"), Level.choices),
        ("district", _("District"), _("All districts"), _codes_and_names(book.districts)),
        ("lead", _("Lead"), _("All departments"), offices),
    )
    rarer = (
        ("topic", _("Topic"), _("All topics"), _codes_and_names(book.topics)),
        ("park", _("Park"), _("All parks"), parks),
        ("industry", _("Industry"), _("All industries"), _codes_and_names(book.industries)),
        ("nature", _("Kind of appeal"), _("Every kind"), Nature.choices),
        ("source", _("Source"), _("Every source"), Appeal.Source.choices),
        ("urgent", _("Urgent"), _("Urgent or not"), yes_no),
        ("overdue", _("Overdue"), _("Overdue or not"), yes_no),
    )
    return [_select(kept, *row) for row in usual], [_select(kept, *row) for row in rarer]


def _codes_and_names(rows):
    return [(code, row.name) for code, row in rows.items()]


def _select(kept, name, label, none, options):
    """What the address says comes back, also several values and what no select offers."""
    current, words = kept.get(name, ""), dict(options)
    if current and current not in words:
        several = "、".join(str(words.get(piece, piece)) for piece in current.split(","))
        options = [(current, several), *options]
    return name, label, none, options, current


def by_number(text: str, actor, now) -> Appeal | None:
    """The appeal of that number: staff of the centre find closed ones by number only (product.md §2)."""
    number = text.strip().upper()
    return Appeal.objects.visible_to(actor, now).numbered(number).first() if number.startswith("QY") else None
