"""Choosing appeals in a list for one step: ticked, the page, all that match; and who sees what came of it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appeals import bulk
from appeals.models import Appeal, BulkJob
from appeals.states import Status
from appeals.views import bulkpage
from tests.appeals.bulks import confirm, fresh, prepare, prepared
from tests.factory import LABOUR, SCIENCE, City, make_member, make_user
from tests.pages import HTMX, see, signed_in, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("which", ["chosen", "page", "all"])
def test_no_rows_at_all_lead_back_to_the_list_with_words(which):
    city = City()
    query = "view=mine&q=nothing"
    page = signed_in(city.handler).post(
        "/bulk/", {"list": "office", "query": query, "verb": "sign", "which": which}, follow=True
    )
    assert page.redirect_chain == [(f"/office/?{query}", 302)]
    assert "Choose at least one appeal." in text(page)
    assert not BulkJob.objects.exists()


def test_all_that_match_are_those_of_the_list_as_it_is_narrowed():
    city = City()
    for level in "AAB":
        fresh(Status.DISPATCHED, city, level=level, title=level)
    page = see(city.handler, "/office/?view=all&level=A")
    query = re.search(r'name="query" value="([^"]*)"', page)[1].replace("&amp;", "&")
    job = prepared(city.handler, "sign", which="all", query=query)
    assert (job.total, job.is_cut) == (2, False)
    assert job.back == "/office/?view=all&level=A"
    assert {row.appeal.title for row in job.rows.all()} == {"A"}
    assert "all 2 that match" in see(city.handler, f"/bulk/count/?{query}", **HTMX)


def test_all_of_a_page_needs_no_ticks():
    city = City()
    cases = [fresh(Status.DISPATCHED, city) for _ in range(2)]
    page = see(city.handler, "/office/?view=all")
    numbers = re.search(r'name="page_numbers" value="([^"]*)"', page)[1]
    signed_in(city.handler).post(
        "/bulk/", {"list": "office", "query": "", "verb": "sign", "which": "page", "page_numbers": numbers}
    )
    assert {row.appeal for row in BulkJob.objects.get().rows.all()} == set(cases)


def test_a_job_takes_two_thousand_and_says_that_there_are_more(monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    city = City()
    for _ in range(3):
        fresh(Status.DISPATCHED, city)
    job = prepared(city.handler, "sign", which="all", query="view=all")
    assert (job.total, job.is_cut, job.rows.count()) == (2, True, 2)
    assert "one job takes the first 2" in see(city.handler, f"/bulk/{job.pk}/")
    assert "the first 2 that match" in see(city.handler, "/bulk/count/?what=office&view=all")


def test_ticked_numbers_out_of_sight_are_not_taken():
    city = City()
    mine, foreign = fresh(Status.DISPATCHED, city), fresh(Status.DISPATCHED, city, lead=LABOUR)
    job = prepared(city.handler, "sign", [mine, foreign])
    assert [row.appeal for row in job.rows.all()] == [mine]


def test_only_the_owner_sees_a_job():
    city = City()
    job = prepared(city.handler, "sign", [fresh(Status.DISPATCHED, city)])
    for other in (city.head, city.director, make_member(), make_user("handler", SCIENCE)):
        client = signed_in(other)
        assert client.get(f"/bulk/{job.pk}/").status_code == 404
        assert client.post(f"/bulk/{job.pk}/confirm/").status_code == 404
        assert client.post(f"/bulk/{job.pk}/cancel/").status_code == 404
        assert f"/bulk/{job.pk}/" not in text(client.get("/bulk/mine/"))
    assert f"/bulk/{job.pk}/" in see(city.handler, "/bulk/mine/")
    assert BulkJob.objects.get().state == BulkJob.State.PREVIEWED


@pytest.mark.parametrize(
    ("person", "verb", "status"),
    [("handler", "assign", 403), ("handler", "reply", 403), ("handler", "nonsense", 403), ("member", "note", 403)],
)
def test_what_is_not_offered_is_not_prepared(person, verb, status):
    city = City()
    case = fresh(Status.DISPATCHED, city)
    assert prepare(getattr(city, person), verb, [case], what="every").status_code == status
    assert not BulkJob.objects.exists()


def test_the_bar_offers_what_ones_posts_allow():
    city = City()
    fresh(Status.SIGNED, city)

    def offered(user, path):
        return re.findall(r'<option value="(\w+)">', see(user, path).split('id="bulk-verb"')[1].split("</select>")[0])

    assert offered(city.handler, "/office/?view=all") == ["sign", "note", "export"]
    assert offered(city.head, "/office/?view=all") == ["sign", "assign", "note", "export"]
    assert offered(city.director, "/appeals/") == ["note", "export"]


def test_a_preview_is_cancelled_and_a_confirmed_job_is_not():
    city = City()
    case = fresh(Status.DISPATCHED, city)
    job = prepared(city.handler, "sign", [case], query="view=all")
    answer = signed_in(city.handler).post(f"/bulk/{job.pk}/cancel/")
    assert answer.headers["Location"] == "/office/?view=all"
    assert not BulkJob.objects.exists()
    job = prepared(city.handler, "sign", [case])
    confirm(city.handler, job)
    assert signed_in(city.handler).post(f"/bulk/{job.pk}/cancel/").status_code == 404


def test_ticked_rows_are_exported_as_those_rows():
    city = City()
    cases = [fresh(Status.SIGNED, city, title=f"第{n}件") for n in range(3)]
    answer = prepare(city.handler, "export", cases[:2])
    file = b"".join(signed_in(city.handler).get(answer.headers["Location"]).streaming_content).decode()
    assert [case.number in file for case in cases] == [True, True, False]
    answer = prepare(city.handler, "export", which="all", query="what=office&view=all&q=第1件")
    file = b"".join(signed_in(city.handler).get(answer.headers["Location"]).streaming_content).decode()
    assert [case.number in file for case in cases] == [False, True, False]


def test_a_preview_and_a_page_of_results_cost_the_same_for_many_as_for_few():
    city = City()
    client, numbers = signed_in(city.handler), []
    for _ in range(2):
        cases = [fresh(Status.DISPATCHED, city) for _ in range(4)]
        job = prepared(city.handler, "sign", Appeal.objects.all())
        client.get(f"/bulk/{job.pk}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/bulk/{job.pk}/")
        confirm(city.handler, job)
        with CaptureQueriesContext(connection) as more:
            client.get(f"/bulk/{job.pk}/")
        numbers.append((len(queries), len(more)))
        assert cases
    assert numbers[0] == numbers[1]
    assert max(numbers[0]) <= 12


def test_results_come_in_pages(monkeypatch):
    monkeypatch.setattr(bulkpage, "_ROWS", 2)
    city = City()
    job = prepared(city.handler, "sign", [fresh(Status.DISPATCHED, city) for _ in range(3)])
    confirm(city.handler, job)
    first = see(city.handler, f"/bulk/{job.pk}/")
    assert first.count('class="job"') == 2
    following = re.search(r'rel="next" href="([^"]+)"', first)[1]
    assert see(city.handler, following).count('class="job"') == 1
    assert see(city.handler, f"/bulk/{job.pk}/?after=x").count('class="job"') == 2
