"""Who has a case open right now: seen by the staff of the case only, and by nobody where the cache is down."""

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals import drafts, presence
from appeals.models import Appeal, Draft
from appeals.states import Part, Status
from tests.appeals.pages import now
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_member, make_user
from tests.pages import see, signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_from_before():
    kept = settings.CACHES["default"]
    server = redis.Redis.from_url(kept["LOCATION"])
    for key in server.scan_iter("presence:*"):
        server.delete(key)


def looking(user, case) -> str:
    return see(user, f"/appeals/{case.number}/presence/")


def test_who_looks_is_told_who_else_looks():
    city, case = now(Status.SIGNED)
    assert looking(city.handler, case).strip() == ""
    assert f"Handler {city.handler.name} is looking at this" in looking(city.triage, case)
    page = looking(city.handler, case)
    assert f"Triage officer {city.triage.name} is looking at this" in page
    assert city.handler.name not in page


def test_who_has_not_looked_for_a_minute_is_gone():
    city = City()
    case, moment = make_appeal(Status.SIGNED, city=city), at(9, 8)
    presence.look(case, by=actor(city.handler), now=moment)
    others = [presence.look(case, by=actor(city.triage), now=moment + timedelta(seconds=after)) for after in (59, 61)]
    assert [[one.part for one in found] for found in others] == [[Part.HANDLER], []]


def test_one_case_says_nothing_of_another():
    city = City()
    first, second = (make_appeal(Status.SIGNED, city=city) for _ in range(2))
    looking(city.handler, first)
    assert looking(city.triage, second).strip() == ""


def test_the_enterprise_neither_sees_the_staff_nor_is_seen():
    city, case = now(Status.SIGNED)
    assert signed_in(city.member).get(f"/appeals/{case.number}/presence/").status_code == 404
    assert "/presence/" not in see(city.member, f"/appeals/{case.number}/")
    assert looking(city.handler, case).strip() == ""
    assert f"/appeals/{case.number}/presence/" in see(city.handler, f"/appeals/{case.number}/")


def test_who_may_not_see_the_case_is_told_nothing():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    for stranger in (make_member(), make_user("handler", LABOUR), make_user("sysadmin")):
        assert signed_in(stranger).get(f"/appeals/{case.number}/presence/").status_code == 404
    assert signed_in(city.handler).post(f"/appeals/{case.number}/presence/").status_code == 405


def test_with_the_cache_down_nobody_is_shown_and_the_page_goes_on(settings):
    city, case = now(Status.SIGNED)
    looking(city.triage, case)
    presence._server.cache_clear()
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    try:
        assert looking(city.handler, case).strip() == ""
        assert case.number in see(city.handler, f"/appeals/{case.number}/")
    finally:
        presence._server.cache_clear()


def test_who_writes_a_reply_is_named_for_two_minutes():
    city, case = now(Status.SIGNED)
    colleague = make_user("handler", SCIENCE)
    moment = timezone.now()
    drafts.keep(case, "reply", {"text": "材料清单"}, by=actor(city.handler), at=moment)
    words = f"{city.handler.name} is writing a reply"
    assert words in looking(colleague, case)
    assert words not in looking(city.handler, case)
    Draft.objects.update(saved_at=moment - timedelta(minutes=2, seconds=1))
    assert words not in looking(colleague, case)


def test_a_note_being_written_is_no_reply():
    city, case = now(Status.SIGNED)
    drafts.keep(case, "note", {"text": "内部"}, by=actor(city.handler), at=timezone.now())
    assert "is writing" not in looking(city.triage, case)


def test_the_desk_of_the_centre_asks_who_else_has_the_opened_case():
    city, case = now(Status.TRIAGE)
    assert f'hx-get="/appeals/{case.number}/presence/"' in see(city.triage, "/centre/")


def test_asking_costs_the_same_however_many_look():
    city, case = now(Status.SIGNED)
    client = signed_in(city.handler)
    client.get(f"/appeals/{case.number}/presence/")
    for _ in range(5):
        person = make_user("handler", SCIENCE)
        drafts.keep(case, "reply", {"text": "字"}, by=actor(person), at=timezone.now())
        looking(person, case)
    with CaptureQueriesContext(connection) as queries:
        page = text(client.get(f"/appeals/{case.number}/presence/"))
    assert page.count("is looking at this") == 5
    assert len(queries) <= 6  # session, person, posts, memberships, the case, drafts
    assert Appeal.objects.get().version == case.version
