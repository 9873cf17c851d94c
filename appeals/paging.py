"""Pages of a list by keyset: a page costs the same wherever it lies, and new rows never shift it."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals.states import Refused, Why

MOST_COUNTED = 10_000
PAGE = 50
LARGEST_PAGE = 200
# Moments only, so that a cursor is always a moment and an id. True: it may be empty.
ORDERINGS = {"filed_at": False, "due_by": True, "resolve_by": True, "closed_at": True}


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the cursors of the pages beside them; None: there is none."""

    rows: list[Any]
    next: str | None
    previous: str | None


def page_of(rows: QuerySet, *, ordering: str = "-filed_at", cursor: str = "", size: int = PAGE) -> Page:
    """One page of `rows` by `ordering` (a name of ORDERINGS, with “-” downwards), the id deciding between equals.

    A page costs the same wherever it lies. Raises Refused(INVALID) for an ordering, a cursor or a size that is none.
    """
    column, falling = ordering.removeprefix("-"), ordering.startswith("-")
    _check_page(column, size)
    place = _Place.read(cursor, ordering) if cursor else None
    backwards = bool(place and place.backwards)
    if place:
        rows = rows.filter(_beyond(column, place, falling=falling != backwards))
    sign = "-" if falling != backwards else ""
    found = list(rows.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1])
    is_more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    there_is = {"next": is_more or backwards, "previous": bool(place) and (is_more or not backwards)}
    return Page(
        found,
        next=_Place.of(found[-1], column, backwards=False).written(ordering) if found and there_is["next"] else None,
        previous=_Place.of(found[0], column, backwards=True).written(ordering)
        if found and there_is["previous"]
        else None,
    )


def ordered(rows: QuerySet, ordering: str) -> QuerySet:
    """All of `rows` in the order of their pages. Raises Refused(INVALID) for an ordering that is none."""
    column = ordering.removeprefix("-")
    _check_page(column, PAGE)
    return rows.order_by(ordering, f"{ordering.removesuffix(column)}pk")


def _check_page(column, size):
    errors = {}
    if column not in ORDERINGS:
        errors["ordering"] = [_("Order by one of: %(names)s.") % {"names": ", ".join(ORDERINGS)}]
    if not 1 <= size <= LARGEST_PAGE:
        errors["page_size"] = [_("A page has 1 to %(most)d rows.") % {"most": LARGEST_PAGE}]
    if errors:
        raise Refused(_("Please check what you sent."), why=Why.INVALID, errors=errors)


def count_capped(rows: QuerySet) -> int:
    """How many rows there are; counting stops at MOST_COUNTED."""
    return rows.order_by()[:MOST_COUNTED].count()


def _beyond(column, place, *, falling) -> Q:
    """The rows after `place`. As PostgreSQL orders: nothing is greater than a missing moment."""
    further = Q(pk__lt=place.pk) if falling else Q(pk__gt=place.pk)
    empty = Q(**{f"{column}__isnull": True})
    if place.at is None:
        return (empty & further) | ~empty if falling else empty & further
    beyond = Q(**{f"{column}__{'lt' if falling else 'gt'}": place.at}) | (Q(**{column: place.at}) & further)
    if not ORDERINGS[column] or falling:
        # Said once more as a plain bound: an index can begin there.
        return Q(**{f"{column}__{'lte' if falling else 'gte'}": place.at}) & beyond
    return beyond | empty


@dataclass(frozen=True)
class _Place:
    """Where a page begins: the row before it (or, backwards, after it) by moment and id."""

    at: datetime | None
    pk: int
    backwards: bool

    @classmethod
    def of(cls, row, column, *, backwards):
        return cls(getattr(row, column), row.pk, backwards)

    def written(self, ordering: str) -> str:
        at = self.at.isoformat() if self.at else None
        text = json.dumps([ordering, at, self.pk, self.backwards], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str, ordering: str) -> "_Place":
        try:
            text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            made_for, at, pk, backwards = json.loads(text)
            place = cls(datetime.fromisoformat(at) if at else None, int(pk), backwards is True)
        except (ValueError, TypeError, binascii.Error, OverflowError) as wrong:
            raise _bad_cursor() from wrong
        is_naive = place.at is not None and timezone.is_naive(place.at)
        if made_for != ordering or is_naive or not 0 < place.pk < 2**63:
            raise _bad_cursor()
        return place


def _bad_cursor() -> Refused:
    reason = _("This cursor is not of this list; begin again without one.")
    return Refused(reason, why=Why.INVALID, errors={"cursor": [reason]})
