"""Pages of a list by keyset: a page costs the same wherever it lies, and new rows never shift it."""

import base64
import binascii
import json
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
# A moment that is there is after this. Said so, not as “not empty”, the planner does not count the empty ones twice.
_DAWN = datetime(1900, 1, 1, tzinfo=UTC)
ORDERINGS = {"filed_at": False, "due_by": True, "resolve_by": True, "closed_at": True}


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the cursors of the pages beside them; None: there is none."""

    rows: list[Any]
    next: str | None
    previous: str | None


Shown = Callable[[QuerySet], QuerySet]


def page_of(
    rows: PartedQuerySet,
    *,
    ordering: str = "-filed_at",
    cursor: str = "",
    size: int = PAGE,
    shown: Shown = operator.methodcaller("with_rows"),
) -> Page:
    """One page of `rows` by `ordering` (a name of ORDERINGS, with “-” downwards), the id deciding between equals.

    Rows without that moment come last, the newest of them first. A page costs the same wherever it lies: moments and
    ids come out of an index, and only of those on the page what `shown` fetches.
    Raises Refused(INVALID) for an ordering, a cursor or a size that is none.
    """
    column = ordering.removeprefix("-")
    _check_page(column, size)
    place = _Place.read(cursor, ordering) if cursor else None
    found: list[_Place] = []
    for stretch in _stretches(ordering, place):
        if len(found) <= size:
            found += stretch.read(rows, size + 1 - len(found))
    is_more, found = len(found) > size, found[:size]
    backwards = bool(place and place.backwards)
    if backwards:
        found.reverse()
    has_next, has_previous = is_more or backwards, bool(place) and (is_more or not backwards)
    return Page(
        _fetched(rows, found, shown),
        next=found[-1].written(ordering) if found and has_next else None,
        previous=replace(found[0], backwards=True).written(ordering) if found and has_previous else None,
    )


def _fetched(rows, places, shown) -> list:
    # Not picked again by what picked them: the planner, that takes these conditions for independent of each other,
    # would expect a handful of rows and walk thousands.
    by_id = {row.pk: row for row in shown(rows.model.objects.among([place.pk for place in places]))} if places else {}
    return [by_id[place.pk] for place in places if place.pk in by_id]


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
    behind: "_Place | None" = None

    def read(self, rows: PartedQuerySet, size: int) -> list["_Place"]:
        """The first `size` of `rows`: an index holds each part of them in this order, so each is read for itself."""
        first, *others = (self._first(part, size).values_list(self.column, "pk") for part in rows.parts or (rows,))
        found = set(first.union(*others, all=True) if others else first)
        return [_Place(*row) for row in sorted(found, key=self._key, reverse=self.falling)[:size]]

    def _key(self, row):
        return row[1:] if self.is_empty else row

    def _first(self, rows, size):
        sign = "-" if self.falling else ""
        if ORDERINGS[self.column]:
            rows = rows.filter(Q(**{self.column: None}) if self.is_empty else Q(**{f"{self.column}__gte": _DAWN}))
        moment = F(self.column)
        if not rows.is_in_order(self.column):
            moment = Coalesce(moment, moment)  # no index is in the order of an expression
        if self.behind:
            rows = rows.filter(Q(_beyond(moment, self.behind, falling=self.falling)))
        return rows.order_by(OrderBy(moment, descending=self.falling), f"{sign}pk")[:size]


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
    found[0] = replace(found[0], behind=place)
    return found


def _beyond(moment, place, *, falling):
    """The rows after `place`, as one comparison of moment and id together: an index begins exactly there."""
    beyond = LessThan if falling else GreaterThan
    if place.at is None:
        return beyond(F("pk"), place.pk)
    return beyond(_Pair(moment, F("pk")), _Pair(Value(place.at), Value(place.pk)))


class _Pair(Func):
    function = "ROW"
    output_field = BooleanField()  # never fetched; the comparison wants one


@dataclass(frozen=True)
class _Place:
    """Of a row by moment and id: where it stands in a list. A page begins after it or, backwards, before it."""

    at: datetime | None
    pk: int
    backwards: bool = False

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
