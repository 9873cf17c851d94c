"""Lists under names of one's own: what is saved comes back, is counted with the others, and is shared by heads only."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appeals import savedviews
from appeals.models import SavedView
from appeals.savedviews import Page
from appeals.states import Refused, Status
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_member, make_user
from tests.pages import HTMX, see, signed_in, text, titles

pytestmark = pytest.mark.django_db
MOMENT = at(9, 8)


def save(user, page, name, query="", office=""):
    params = savedviews.params_of(query)
    return savedviews.save(page, name, params, by=actor(user), now=MOMENT, office=office)


def tabs(page: str) -> dict[str, str]:
    """The words of each tab and its count."""
    nav = re.search(r'<nav class="views" id="views".*?</nav>', page, re.DOTALL).group()
    found = re.findall(r'<a href="[^"]*"[^>]*>([^<]+?)(?: <span class="count[^"]*">([^<]+)</span>)?</a>', nav)
    return dict(found)


def current(page: str) -> list[str]:
    return re.findall(r'<a href="[^"]*"[^>]*aria-current="page">([^<]+?)(?: <|<)', page.split('id="views"')[1])


def test_a_narrowed_queue_is_saved_and_stands_beside_the_built_in_views():
    city = City()
    make_appeal(Status.SIGNED, city=city, title="贷款", level="A")
    make_appeal(Status.SIGNED, city=city, title="用地", level="B")
    client = signed_in(city.handler)
    page = text(client.get("/office/?view=all&level=A&q="))
    query = re.search(r'name="query" value="([^"]*)"', page)[1].replace("&amp;", "&")
    answer = client.post("/views/save/", {"page": "office", "query": query, "name": "  A  级 "})
    assert answer.headers["Location"] == "/office/?view=all&level=A"
    page = text(client.get(answer.headers["Location"]))
    assert titles(page) == ["贷款"]
    assert current(page) == ["A 级"]
    counted = tabs(text(client.get("/office/counts/?view=all&level=A")))
    assert (counted["A 级"], counted["All open"], counted["Mine"]) == ("1", "2", "2")


@pytest.mark.parametrize(
    ("path", "page", "person"),
    [("/office/", "office", "handler"), ("/centre/", "centre", "triage"), ("/appeals/", "every", "director")],
)
def test_each_list_offers_to_be_saved_and_counts_apart(path, page, person):
    city = City()
    make_appeal(Status.TRIAGE, city=city, urgent=True)
    user = getattr(city, person)
    query = {"office": "view=all", "centre": "view=triage&urgent=true", "every": "urgent=true&overdue=true"}[page]
    save(user, page, "要紧的", query)
    body = see(user, path)
    assert f'name="page" value="{page}"' in body
    assert tabs(body)["要紧的"] == "·"
    counts_url = re.search(r'hx-get="([^"]*/counts/[^"]*)"', body)[1].replace("&amp;", "&")
    assert tabs(see(user, counts_url, **HTMX))["要紧的"] in ("0", "1")


@pytest.mark.parametrize(
    "query",
    [
        "status=signed",
        "chain=innovation",
        "topic=N01",
        f"lead={SCIENCE}",
        "district=330800",
        "park=ZZXC-GWH",
        "industry=NEWMAT",
        "level=B",
        "nature=consult",
        "urgent=false",
        "source=web",
        "light=red",
        "overdue=true",
        "handler=me",
        "q=高企",
        "filed_from=2026-09-01",
        "filed_to=2026-09-30",
        "closed_from=2026-09-01",
        "closed_to=2026-09-30",
        "ordering=due_by",
    ],
)
def test_every_filter_stands_in_the_form_in_the_address_and_in_a_saved_view(query):
    city = City()
    page = see(city.director, f"/appeals/?{query}")
    ((name, (value,)),) = parse_qs(query).items()
    form = re.search(r'<form class="filters queue-filters".*?</form>', page, re.DOTALL).group()
    if name in ("q", "handler", "filed_from", "filed_to", "closed_from", "closed_to"):
        assert re.search(rf'name="{name}" value="{value}"', form)
    else:
        select = re.search(rf'<select[^>]*name="{name}".*?</select>', form, re.DOTALL).group()
        assert f'value="{value}" selected' in select
    row = save(city.director, Page.EVERY, "一", query)
    assert savedviews.params_of(row.query) == {name: value}
    assert current(see(city.director, f"/appeals/?{row.query}")) == ["一"]


def test_several_statuses_come_back_into_the_form():
    city = City()
    page = see(city.director, "/appeals/?status=triage,signed")
    assert '<option value="triage,signed" selected>Awaiting triage、In progress</option>' in page


def test_the_rarer_filters_stand_open_only_where_one_is_chosen():
    city = City()
    assert '<details class="more more-filters">' in see(city.director, "/appeals/")
    assert '<details class="more more-filters" open>' in see(city.director, "/appeals/?nature=help")


def test_all_counts_of_a_list_cost_one_query_however_many_views_are_saved():
    city = City()
    make_appeal(Status.SIGNED, city=city)
    client = signed_in(city.director)
    numbers = []
    for count in (1, 19):
        for n in range(count):
            query = f"lead={SCIENCE}&status=signed&level=B&topic=N01&district=330800&filed_from=2026-09-{n % 7 + 1:02}"
            save(city.director, Page.EVERY, f"{count}-{n}", query)
        client.get("/appeals/counts/")
        with CaptureQueriesContext(connection) as queries:
            page = text(client.get("/appeals/counts/"))
        numbers.append(len(queries))
        assert sum("COUNT" in one["sql"] for one in queries) == 1
    assert tabs(page)["1-0"] == "1"
    assert numbers[0] == numbers[1] <= 8


def test_saved_views_cost_a_list_one_query():
    city = City()
    client, numbers = signed_in(city.handler), []
    for count in (0, 10):
        for n in range(count):
            save(city.handler, Page.OFFICE, f"{n}", f"view=all&q=贷款{n}")
        client.get("/office/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/office/")
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] <= 12


def test_a_view_that_holds_closed_cases_is_not_counted():
    city = City()
    make_appeal(Status.CLOSED, city=city)
    save(city.director, Page.EVERY, "办结的", "status=closed")
    save(city.director, Page.EVERY, "都要", "chain=innovation")
    save(city.director, Page.EVERY, "在办", "status=signed,replied")
    counted = tabs(see(city.director, "/appeals/counts/"))
    assert (counted["办结的"], counted["都要"], counted["在办"], counted["Everything"]) == ("", "", "0", "")


def test_a_count_is_that_of_the_list_as_seen_by_who_looks():
    city = City()
    make_appeal(Status.SIGNED, city=city)
    make_appeal(Status.SIGNED, city=city, lead=LABOUR)
    save(city.head, Page.OFFICE, "全部在办", "view=all", office=SCIENCE)
    assert tabs(see(city.handler, "/office/counts/"))["全部在办"] == "1"


@pytest.mark.parametrize(
    ("query", "field"),
    [("level=Z", "level"), ("lead=没有这个局", "lead"), ("ordering=title", "ordering"), ("filed_from=x", "filed_from")],
)
def test_what_is_no_filter_is_not_saved(query, field):
    city = City()
    with pytest.raises(Refused) as refused:
        save(city.director, Page.EVERY, "一", query)
    assert field in refused.value.errors
    page = signed_in(city.director).post("/views/save/", {"page": "every", "query": query, "name": "一"}, follow=True)
    assert page.status_code == 200
    assert not SavedView.objects.exists()


def test_what_the_page_does_not_know_is_left_out():
    city = City()
    row = save(city.handler, Page.OFFICE, "一", "view=nonsense&level=B&lead=x&cursor=abc&evil=1")
    assert row.query == "view=mine&level=B"


@pytest.mark.parametrize("name", ["", "   ", "\x00", "长" * 41])
def test_a_view_needs_a_name(name):
    city = City()
    with pytest.raises(Refused, match="check what you entered"):
        save(city.handler, Page.OFFICE, name)


def test_the_same_name_again_gives_the_view_its_new_narrowing():
    city = City()
    for query in ("level=A", "level=B"):
        save(city.handler, Page.OFFICE, "一", query)
    assert SavedView.objects.get().query == "view=mine&level=B"


def test_twenty_views_a_page_and_no_more():
    city = City()
    for n in range(20):
        save(city.handler, Page.OFFICE, f"{n}")
    with pytest.raises(Refused, match="20 views"):
        save(city.handler, Page.OFFICE, "one more")
    save(city.handler, Page.OFFICE, "3", "level=C")
    save(city.handler, Page.EVERY, "elsewhere")
    page = signed_in(city.handler).post("/views/save/", {"page": "office", "name": "更多"}, follow=True)
    assert "You have 20 views here" in text(page)


def test_views_are_renamed_moved_and_removed():
    city = City()
    rows = {name: save(city.handler, Page.OFFICE, name, f"q=贷款{name}") for name in "甲乙丙"}
    client = signed_in(city.handler)

    def do(which, action, **values):
        return client.post(f"/views/{rows[which].pk}/", {"do": action, **values}, follow=True)

    do("丙", "up")
    do("甲", "down")
    do("甲", "down")
    do("甲", "down")  # at the end it stays
    do("丙", "rename", name="丁")
    assert list(SavedView.objects.values_list("name", flat=True)) == ["丁", "乙", "甲"]
    assert "You have a view of this name already." in text(do("乙", "rename", name="甲"))
    do("乙", "remove")
    assert list(SavedView.objects.values_list("name", flat=True)) == ["丁", "甲"]
    page = see(city.handler, "/views/")
    assert page.index('value="丁"') < page.index('value="甲"')
    assert do("甲", "nonsense").status_code == 404


def test_only_the_owner_changes_a_view():
    city = City()
    row = save(city.head, Page.OFFICE, "一", office=SCIENCE)
    for other in (city.handler, make_member(), make_user("sysadmin")):
        assert signed_in(other).post(f"/views/{row.pk}/", {"do": "remove"}).status_code == 404
    assert signed_in(city.head).get(f"/views/{row.pk}/").status_code == 405
    assert SavedView.objects.exists()


def test_a_head_shares_with_the_office_and_a_handler_does_not():
    city = City()
    save(city.head, Page.OFFICE, "本局急件", "view=all", office=SCIENCE)
    save(city.head, Page.OFFICE, "自己看", "view=all")
    assert "本局急件" in tabs(see(city.handler, "/office/"))
    assert "自己看" not in tabs(see(city.handler, "/office/"))
    assert "本局急件" not in tabs(see(city.holder("handler", LABOUR), "/office/"))
    for user, office in ((city.handler, SCIENCE), (city.head, LABOUR), (city.director, SCIENCE)):
        with pytest.raises(Refused):
            save(user, Page.EVERY, "一", office=office)
    assert "For all of" in see(city.head, "/office/")
    assert "For all of" not in see(city.handler, "/office/")


def test_a_saved_view_whose_filter_is_no_more_still_opens_with_words():
    city = City()
    row = save(city.handler, Page.OFFICE, "一", "level=B")
    SavedView.objects.update(query="view=mine&level=Z")
    assert tabs(see(city.handler, "/office/counts/"))["一"] == ""
    page = signed_in(city.handler).get(f"/office/?{SavedView.objects.get(pk=row.pk).query}", follow=True)
    assert page.status_code == 200
    assert urlsplit(page.redirect_chain[-1][0]).path == "/office/"
