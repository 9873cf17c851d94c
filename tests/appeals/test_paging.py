from datetime import timedelta
from itertools import pairwise, product

import pytest
from django.db.models import Q

from appeals.models import Appeal
from appeals.paging import ORDERINGS, count_capped, ordered, page_of
from appeals.scope import Piece
from appeals.states import Refused, Status
from tests.factory import City, at, make_appeal

pytestmark = pytest.mark.django_db

ALL = [f"{sign}{name}" for name in ORDERINGS for sign in ("", "-")]


@pytest.fixture
def seven():
    """Filed in pairs at the same moment; some are closed, some have no limit."""
    city = City()
    for day in range(7):
        status = Status.CLOSED if day % 3 == 0 else Status.SIGNED
        make_appeal(status, city=city, title=str(day), filed_at=at(9, 7 + day // 2))
    Appeal.objects.filter(title__in="15").update(due_by=at(9, 30))


def forwards(ordering, size, rows=None):
    cursor, pages = "", []
    while cursor is not None:
        pages.append(
            page_of(Appeal.objects.all() if rows is None else rows, ordering=ordering, cursor=cursor, size=size)
        )
        cursor = pages[-1].next
    return pages


def titles(page):
    return titles_of(page.rows)


def titles_of(rows):
    return [row.title for row in rows]


def test_pages_hold_every_row_once_in_order_and_lead_back(seven):
    for ordering, size in product(ALL, [1, 2, 3, 7, 50]):
        whole = titles(page_of(Appeal.objects.all(), ordering=ordering))
        assert sorted(whole) == list("0123456")
        pages = forwards(ordering, size)
        assert [title for page in pages for title in titles(page)] == whole, (ordering, size)
        assert pages[0].previous is None
        for earlier, later in pairwise(pages):
            back = page_of(Appeal.objects.all(), ordering=ordering, cursor=later.previous, size=size)
            assert titles(back) == titles(earlier), (ordering, size)
            assert (back.previous is None) == (earlier.previous is None) and back.next


def test_the_database_orders_as_the_pages_do(seven):
    rows = page_of(Appeal.objects.all(), ordering="due_by").rows
    assert [row.due_by is None for row in rows] == [False] * 4 + [True] * 3


def test_rows_without_the_moment_come_last_the_newest_first(seven):
    for ordering in ("closed_at", "-closed_at"):
        rows = page_of(Appeal.objects.all(), ordering=ordering).rows
        assert titles_of(rows[3:]) == ["5", "4", "2", "1"], ordering
    assert titles(page_of(Appeal.objects.all(), ordering="-closed_at"))[:3] == ["6", "3", "0"]


def test_an_export_has_the_order_of_the_pages(seven):
    for ordering in ALL:
        whole = page_of(Appeal.objects.all(), ordering=ordering).rows
        assert titles_of(ordered(Appeal.objects.all(), ordering)) == titles_of(whole), ordering


def test_rows_seen_in_several_parts_make_one_list(seven):
    """A handler who also triages: what the office leads, what it supports, and what is open."""
    office = Q(lead="330800-KJJ")
    pieces = [Piece(office), Piece(Q(supporting__overlap=["330800-KJJ"]), frozenset()), Piece(Q(status=Status.SIGNED))]
    parts = Appeal.objects.split(pieces)
    assert len(parts.exclude(title="2").parts) == 3
    for ordering, size in product(ALL, [2, 3, 50]):
        whole = titles(page_of(Appeal.objects.all(), ordering=ordering))
        assert [title for page in forwards(ordering, size, parts) for title in titles(page)] == whole, ordering
    narrowed = page_of(parts.exclude(title="2").filter(closed_at=None)).rows
    assert titles_of(narrowed) == ["5", "4", "1"]


def test_a_row_filed_meanwhile_shifts_no_page(seven):
    first = page_of(Appeal.objects.all(), size=3)
    make_appeal(title="new", filed_at=at(9, 30))
    second = page_of(Appeal.objects.all(), cursor=first.next, size=3)
    assert titles(first) + titles(second) == ["6", "5", "4", "3", "2", "1"]


def test_a_page_without_rows_leads_nowhere():
    page = page_of(Appeal.objects.all())
    assert (page.rows, page.next, page.previous) == ([], None, None)


WRONG = (
    ({"ordering": "title"}, "ordering"),
    ({"ordering": "--filed_at"}, "ordering"),
    ({"size": 0}, "page_size"),
    ({"size": 201}, "page_size"),
    ({"cursor": "x"}, "cursor"),
    ({"cursor": "bnVsbA"}, "cursor"),
    ({"cursor": "é"}, "cursor"),
    ({"cursor": "WyItZmlsZWRfYXQiLCIyMDI2IiwxLGZhbHNlXQ"}, "cursor"),  # a moment without an offset
)


@pytest.mark.parametrize(("asked", "field"), WRONG)
def test_a_page_that_is_none_says_why(asked, field):
    with pytest.raises(Refused) as refused:
        page_of(Appeal.objects.all(), **asked)
    assert list(refused.value.errors) == [field]


def test_a_cursor_of_another_order_is_refused(seven):
    cursor = page_of(Appeal.objects.all(), ordering="-filed_at", size=2).next
    with pytest.raises(Refused):
        page_of(Appeal.objects.all(), ordering="filed_at", cursor=cursor)


def test_counting_stops_at_the_cap(seven):
    assert count_capped(Appeal.objects.all(), 5) == 5


def test_no_page_is_of_yesterday_when_its_last_row_moves(seven):
    first = page_of(Appeal.objects.all(), size=3)
    Appeal.objects.filter(pk=first.rows[-1].pk).update(filed_at=at(9, 1) - timedelta(days=9))
    second = page_of(Appeal.objects.all(), cursor=first.next, size=3)
    assert titles(second) == ["3", "2", "1"]
