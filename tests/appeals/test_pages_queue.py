import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals.models import Appeal
from appeals.queues import CENTRE, OFFICE, Asked, counts
from appeals.states import Status
from chains.taxonomy import Role
from routing.calendar import workdays
from tests.factory import CENTRE as CENTRE_OFFICE
from tests.factory import (
    FILED,
    LABOUR,
    SCIENCE,
    City,
    actor,
    at,
    make_appeal,
    make_user,
    post_of,
)
from tests.pages import fields_of, see, signed_in, sixty_more, text, titles

pytestmark = pytest.mark.django_db


def now() -> "timezone.datetime":
    """Half a working morning ago: whatever is filed then is not late yet."""
    return timezone.now() - timedelta(minutes=30)


# The department queue


def asked(user, moment=None) -> Asked:
    return Asked.at(actor(user), moment or timezone.now(), workdays())


def keys_of(case, user, moment) -> set[str]:
    found = asked(user, moment)
    rows = Appeal.objects.listed_to(found.by, moment).open()
    return {view.key for view in OFFICE if rows.meeting(view.condition(found)).filter(pk=case.pk).exists()}


MORNING = at(9, 7, 12)


@pytest.mark.parametrize(
    ("status", "moment", "keys"),
    [
        (Status.TRIAGE, MORNING, set()),
        (Status.DISPATCHED, MORNING, {"unassigned", "soon", "all"}),  # to be signed by tomorrow
        (Status.DISPATCHED, at(9, 10), {"unassigned", "overdue", "all"}),
        (Status.SIGNED, MORNING, {"mine", "all"}),  # five working days from Monday
        (Status.SIGNED, at(9, 11), {"mine", "soon", "all"}),
        (Status.SIGNED, at(9, 15), {"mine", "overdue", "all"}),
        (Status.REPLIED, MORNING, {"all"}),
        (Status.VISITING, MORNING, {"waiting", "all"}),
        (Status.CLOSED, MORNING, set()),
        (Status.DECLINED, MORNING, set()),
    ],
)
def test_a_case_stands_in_the_views_that_are_meant(status, moment, keys):
    city = City()
    assert keys_of(make_appeal(status, city=city), city.handler, moment) == keys


def test_the_supporting_office_finds_the_case_under_supporting_and_all():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, support=(LABOUR,))
    helper = city.holder(Role.HANDLER, LABOUR)
    assert keys_of(case, helper, at(9, 15)) == {"supporting", "all"}
    assert "led by 科技局" in see(helper, "/office/?view=all")


def test_a_head_sees_the_offices_below_and_a_colleague_nothing_as_mine():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, lead="330802-KJJ")
    assert keys_of(case, city.head, MORNING) == {"all"}
    assert keys_of(case, city.handler, MORNING) == set()


def test_counts_are_those_of_the_lists():
    city = City()
    for status in (Status.DISPATCHED, Status.SIGNED, Status.REPLIED, Status.VISITING, Status.CLOSED, Status.TRIAGE):
        make_appeal(status, city=city)
    make_appeal(Status.SIGNED, city=city, lead=LABOUR, support=(SCIENCE,))
    for user, views in ((city.handler, OFFICE), (city.director, CENTRE)):
        found = asked(user)
        rows = Appeal.objects.listed_to(found.by, found.now)
        expected = {view.key: rows.open().meeting(view.condition(found)).count() for view in views}
        with CaptureQueriesContext(connection) as queries:
            assert counts(rows, views, found) == expected
        assert len(queries) == 1
        assert sum(expected.values()) > 0


def test_a_case_is_signed_from_its_line_and_the_queue_comes_back_as_it_was():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city, filed_at=now())
    page = see(city.handler, "/office/?view=unassigned&ordering=-filed_at")
    values = fields_of(page, f"/appeals/{case.number}/sign/")
    answer = signed_in(city.handler).post(f"/appeals/{case.number}/sign/", values)
    assert answer.headers["Location"] == "/office/?view=unassigned&ordering=-filed_at"
    case.refresh_from_db()
    assert case.status == Status.SIGNED


@pytest.mark.parametrize("ordering", ["due_by", "resolve_by", "-filed_at", "filed_at"])
def test_the_queue_is_ordered_as_chosen(ordering):
    city = City()
    made = [
        make_appeal(Status.SIGNED, city=city, title=f"第{n}件", filed_at=FILED + timedelta(hours=n), level=level)
        for n, level in enumerate("BACS")
    ]
    column = ordering.removeprefix("-")
    wanted = sorted(made, key=lambda case: getattr(case, column), reverse=ordering.startswith("-"))
    client = signed_in(city.handler)
    page = text(client.get(f"/office/?view=all&ordering={ordering}"))
    assert titles(page) == [case.title for case in wanted]


def test_the_pages_of_a_queue_follow_each_other_in_its_view_and_order():
    city = City()
    sixty_more(Status.SIGNED, city)
    client = signed_in(city.handler)
    first = text(client.get("/office/?view=all&ordering=-filed_at"))
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert following.startswith("/office/?view=all&ordering=-filed_at&cursor=")
    second = text(client.get(following))
    numbers = [re.findall(r"QY\d{15}", page) for page in (first, second)]
    assert len(set(numbers[0]) | set(numbers[1])) == 61
    assert 'rel="prev"' in second


def test_the_name_of_an_anonymous_enterprise_stays_from_the_office():
    city = City()
    make_appeal(Status.SIGNED, city=city, anonymous=True)
    assert city.enterprise.name not in see(city.handler, "/office/?view=all")


@pytest.mark.parametrize("path", ["/centre/", "/office/", "/appeals/"])
@pytest.mark.parametrize(
    "query", ["chain=moon", "level=Z", "cursor=1", "ordering=title", "q=%00", "urgent=maybe", "filed_from=x"]
)
def test_a_filter_that_is_none_is_refused_with_words_and_the_page_begins_anew(path, query):
    user = make_user(Role.DIRECTOR, CENTRE_OFFICE)
    post_of(user, Role.HANDLER, SCIENCE)
    page = signed_in(user).get(f"{path}?{query}", follow=True)
    assert page.status_code == 200
    assert not page.redirect_chain or page.redirect_chain == [(path, 302)]


def test_an_empty_desk_and_an_empty_queue_say_so():
    assert "Nothing waits here." in see(make_user(Role.TRIAGE), "/centre/")
    assert "Nothing waits here." in see(make_user(Role.HANDLER, SCIENCE), "/office/")
    page = see(make_user(Role.HANDLER, SCIENCE), "/office/?q=没有")
    assert "Nothing here fits what you narrowed to." in page


# The list behind a number


def test_a_number_of_the_board_leads_to_its_appeals():
    city = City()
    make_appeal(Status.CLOSED, city=city, title="办结的")
    make_appeal(Status.SIGNED, city=city, title="超期的")
    make_appeal(Status.CLOSED, city=city, title="别家办结的", lead=LABOUR)
    page = see(city.director, "/appeals/?measure=closed&period=2026-09")
    assert set(titles(page)) == {"办结的", "别家办结的"}
    assert "2 appeals" in page
    page = see(city.director, f"/appeals/?measure=closed&period=2026-09&of=department&unit={SCIENCE}")
    assert titles(page) == ["办结的"]
    assert "衢州市科学技术局" in page
    page = see(city.director, f"/appeals/?measure=overdue&period=2026-09&lead={SCIENCE}")
    assert titles(page) == ["超期的"]


def test_behind_a_number_of_the_city_one_sees_ones_own_appeals_only():
    city = City()
    make_appeal(Status.CLOSED, city=city, title="办结的")
    make_appeal(Status.CLOSED, city=city, title="别家办结的", lead=LABOUR)
    page = see(city.handler, "/appeals/?measure=closed&period=2026-09")
    assert titles(page) == ["办结的"]
    assert "of which your posts show 1" in page
    other = f"/appeals/?measure=closed&period=2026-09&of=department&unit={LABOUR}"
    assert signed_in(city.handler).get(other).status_code == 403


@pytest.mark.parametrize("query", ["measure=beauty", "measure=filed&period=soon", "measure=filed&of=moon"])
def test_a_measure_that_is_none_is_refused_with_words(query):
    page = signed_in(make_user(Role.DIRECTOR)).get(f"/appeals/?{query}", follow=True)
    assert page.redirect_chain == [("/appeals/", 302)]
    assert "notice--error" in text(page)


def test_the_centre_opens_a_closed_appeal_by_its_number():
    city = City()
    case = make_appeal(Status.CLOSED, city=city)
    assert titles(see(city.triage, "/appeals/")) == []  # its lists hold the open ones
    answer = signed_in(city.triage).get("/appeals/", {"q": f" {case.number.lower()} "})
    assert answer.headers["Location"] == case.get_absolute_url()
