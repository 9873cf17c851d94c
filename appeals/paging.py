"""Pages of a list by keyset: a page costs the same wherever it lies, and new rows never shift it."""

import base64
import binascii
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Case, F, Func, OrderBy, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals.models.parted import PartedQuerySet
from appeals.states import Refused, Why, refused_at

MOST_COUNTED = 10_000
MOST_FOUND = 1_000  # of a search
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

    Rows without that moment come last, the newest of them first. A page costs the same wherever it lies.
    Raises Refused(INVALID) for an ordering, a cursor or a size that is none.
    """
    column = ordering.removeprefix("-")
    _check_page(column, size)
    place = _Place.read(cursor, ordering) if cursor else None
    found: list = []
    for stretch in _stretches(ordering, place):
        if len(found) <= size:
            found += stretch.read(rows, size + 1 - len(found))
    is_more, found = len(found) > size, found[:size]
    backwards = bool(place and place.backwards)
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
    column, falling = ordering.removeprefix("-"), ordering.startswith("-")
    _check_page(column, PAGE)
    if not ORDERINGS[column]:
        return rows.order_by(ordering, f"{ordering.removesuffix(column)}pk")
    among_equals = Case(
        When(**{f"{column}__isnull": True}, then=-F("pk")),
        default=-F("pk") if falling else F("pk"),
        output_field=BigIntegerField(),
    )
    return rows.order_by(OrderBy(F(column), descending=falling, nulls_last=True), among_equals)


def _check_page(column, size):
    errors = {}
    if column not in ORDERINGS:
        errors["ordering"] = [_("Order by one of: %(names)s.") % {"names": ", ".join(ORDERINGS)}]
    if not 1 <= size <= LARGEST_PAGE:
        errors["page_size"] = [_("A page has 1 to %(most)d rows.") % {"most": LARGEST_PAGE}]
    if errors:
        raise Refused(_("Please check what you sent."), why=Why.INVALID, errors=errors)


def count_capped(rows: QuerySet, most: int = MOST_COUNTED) -> int:
    """How many rows there are; counting stops at `most`."""
    return rows.order_by()[:most].count()


@dataclass(frozen=True)
class _Stretch:
    """The rows that have the moment `column`, or those without it, in the order in which they are read."""

    column: str
    is_empty: bool
    falling: bool
    beyond: Q = field(default_factory=Q)

    def read(self, rows: PartedQuerySet, size: int) -> list:
        """The first `size` of `rows`: their ids out of an index, part by part, and only then the rows themselves."""
        first, *others = (self._first(part, size).values("pk") for part in rows.parts or (rows,))
        return list(self._first(rows.filter(pk__in=first.union(*others, all=True) if others else first), size))

    def _first(self, rows, size):
        sign = "-" if self.falling else ""
        if ORDERINGS[self.column]:
            rows = rows.filter(**{f"{self.column}__isnull": self.is_empty})
        moment = F(self.column)
        if not rows.is_in_order(self.column):
            moment = Coalesce(moment, moment)  # no index is in the order of an expression
        return rows.filter(self.beyond).order_by(OrderBy(moment, descending=self.falling), f"{sign}pk")[:size]


def _stretches(ordering: str, place: "_Place | None") -> list[_Stretch]:
    """What to read for a page, in this order, from behind `place` on."""
    column, falling = ordering.removeprefix("-"), ordering.startswith("-")
    filled, empty = _Stretch(column, False, falling), _Stretch(column, True, True)
    found = [filled, empty] if ORDERINGS[column] else [filled]
    if place is None:
        return found
    if place.backwards:
        found = [replace(stretch, falling=not stretch.falling) for stretch in reversed(found)]
    if found[0].is_empty != (place.at is None):
        del found[0]
    found[0] = replace(found[0], beyond=Q(_beyond(column, place, falling=found[0].falling)))
    return found


def _beyond(column, place, *, falling):
    """The rows after `place`, as one comparison of moment and id together: an index begins exactly there."""
    beyond = LessThan if falling else GreaterThan
    if place.at is None:
        return beyond(F("pk"), place.pk)
    return beyond(_Pair(F(column), F("pk")), _Pair(Value(place.at), Value(place.pk)))


class _Pair(Func):
    function = "ROW"
    output_field = BooleanField()  # never fetched; the comparison wants one


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
    return refused_at("cursor", reason)
