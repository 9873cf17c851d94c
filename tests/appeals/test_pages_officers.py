import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals import asking
from appeals.models import Appeal
from appeals.proposals import Choice, handed_back, proposals
from appeals.states import Status
from chains.handbook import handbook
from chains.models import Department, District
from chains.taxonomy import Role
from tests.factory import CENTRE as CENTRE_OFFICE
from tests.factory import (
    FILED,
    KECHENG,
    LABOUR,
    PARK,
    SCIENCE,
    City,
    actor,
    at,
    make_appeal,
    make_member,
    make_user,
    post_of,
)
from tests.pages import HTMX, fields_of, see, signed_in, sixty_more, text, titles

pytestmark = pytest.mark.django_db


def now() -> "timezone.datetime":
    """Half a working morning ago: whatever is filed then is not late yet."""
    return timezone.now() - timedelta(minutes=30)


# Who sees which desk

DESKS = {
    "/centre/": {Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR},
    "/centre/counts/": {Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR},
    "/office/": {Role.HANDLER, Role.HEAD},
    "/office/counts/": {Role.HANDLER, Role.HEAD},
    "/inbox/": set(Role),
    "/appeals/": set(Role),
}


@pytest.mark.parametrize("path", DESKS)
def test_a_desk_opens_for_its_roles_only(path):
    for role in Role:
        office = PARK if role == Role.STATION else SCIENCE
        page = signed_in(make_user(role, office)).get(path)
        assert page.status_code == (200 if role in DESKS[path] else 403), role
    assert signed_in(make_member()).get(path).status_code == (200 if Role.CHANNEL in DESKS[path] else 403)
    assert Client().get(path).status_code == 302
    assert signed_in(make_user(Role.TRIAGE)).post(path).status_code == 405


def test_triage_and_review_are_tabs_of_different_people():
    def tabs(role):
        return re.findall(r'href="/centre/\?view=(\w+)" title', see(make_user(role), "/centre/"))

    triage = ["triage", "hand_backs", "extensions", "terminations", "person"]
    assert tabs(Role.TRIAGE) == [*triage, "merged"]
    assert tabs(Role.REVIEWER) == ["reviews", "visits"]
    above = ["objections", "exclusions", "escalated", "parked"]
    assert tabs(Role.DIRECTOR) == [*triage, "reviews", "visits", *above, "merged"]


# The triage desk


def test_the_desk_lists_what_waits_and_opens_the_first():
    city = City()
    make_appeal(city=city, title="电价太高")
    make_appeal(city=city, title="路被封了", filed_at=FILED + timedelta(hours=1))
    make_appeal(Status.SIGNED, city=city, title="办理中的")
    page = see(city.triage, "/centre/")
    assert titles(page) == ["电价太高", "路被封了"]
    assert "<h2>电价太高</h2>" in page
    assert 'action="/appeals/' in page


def test_urgent_appeals_lead_the_desk_however_late_others_are():
    city = City()
    make_appeal(city=city, title="早就过期")
    make_appeal(city=city, title="停产了", urgent=True, filed_at=now())
    assert titles(see(city.triage, "/centre/")) == ["停产了", "早就过期"]
    assert 'count--hot">1<' in see(city.triage, "/centre/counts/")


def test_one_click_opens_a_case_and_swaps_only_the_desk():
    city = City()
    make_appeal(city=city)
    second = make_appeal(city=city, title="第二件", filed_at=FILED + timedelta(hours=1))
    page = see(city.triage, f"/centre/?view=triage&case={second.number}", **HTMX)
    assert "<html" not in page
    assert "<h2>第二件</h2>" in page
    assert 'aria-current="true"' in page


def test_a_case_somebody_has_dealt_with_is_said_to_be_gone():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    page = see(city.triage, f"/centre/?view=triage&case={case.number}")
    assert "no longer in this view" in page
    assert case.description not in page


def test_each_candidate_shows_where_it_would_go():
    case = make_appeal(title="高企认定", description="高新技术企业认定材料怎么报？")
    found = proposals(case, handbook(timezone.localdate(case.filed_at)))
    assert len(found) == 3
    for row in found:
        assert row.lead is not None
        assert row.lead not in row.support
        assert row.confidence is not None
    page = see(make_user(Role.DIRECTOR), "/centre/")
    for row in found:
        assert f'value="{row.topic.pk}"' in page
    assert f"Dispatch to {found[0].lead.short_name}" in page


def test_the_lead_follows_topic_level_and_the_complained_of_office():
    case = make_appeal(district=District.objects.get(pk=KECHENG))
    book = handbook(timezone.localdate(case.filed_at))

    def lead(**choice):
        found = proposals(case, book, Choice(topic="N01", **choice))
        return next(row for row in found if row.topic.pk == "N01").lead.pk

    assert lead(level="B") == "330802-KJJ"
    assert lead(level="C") == SCIENCE
    assert lead(level="C", complained_of=SCIENCE) != SCIENCE


def test_choosing_another_topic_recomputes_level_lead_and_button():
    city = City()
    case = make_appeal(city=city, nature="help")
    client = signed_in(city.triage)
    path = f"/centre/{case.number}/proposal/"
    page = text(client.get(path, {"add": "C07", "level": "S", "level_of": "N01"}, **HTMX))
    assert "<html" not in page
    assert '<option value="L" selected>' in page  # the level of another topic says nothing of this one
    assert re.search(r'id="topic-C07" value="C07"[^>]*checked', page)
    page = text(client.get(path, {"topic": "C07", "level": "B", "level_of": "C07"}, **HTMX))
    assert '<option value="B" selected>' in page


def test_a_proposal_is_for_the_centre_and_for_what_waits():
    city = City()
    waiting, signed = make_appeal(city=city), make_appeal(Status.SIGNED, city=city)
    assert signed_in(city.handler).get(f"/centre/{waiting.number}/proposal/").status_code == 403
    assert signed_in(city.triage).get(f"/centre/{signed.number}/proposal/").status_code == 404
    assert signed_in(city.triage).get("/centre/QY1/proposal/").status_code == 404


def test_the_whole_form_of_the_desk_dispatches_and_comes_back_to_the_list():
    city = City()
    case = make_appeal(city=city, title="第一件")
    make_appeal(city=city, title="第二件", filed_at=FILED + timedelta(hours=1))
    client = signed_in(city.triage)
    values = fields_of(text(client.get("/centre/")), f"/appeals/{case.number}/dispatch/")
    page = client.post(f"/appeals/{case.number}/dispatch/", values, follow=True)
    assert page.redirect_chain[-1][0] == "/centre/?view=triage"
    assert titles(text(page)) == ["第二件"]
    case.refresh_from_db()
    assert case.status == Status.DISPATCHED
    assert case.topic_id == values["topic"]
    assert case.lead_id == values["lead"]


def test_a_case_handed_back_is_offered_to_the_office_that_was_proposed():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    labour = Department.objects.get(pk=LABOUR)
    asking.hand_back(case, by=actor(city.handler), reason="不属本局职责", proposed_lead=labour, at=at(9, 7, 11))
    asking.decide_hand_back(case, by=actor(city.director), granted=True, reason="属实", at=at(9, 7, 14))
    case.refresh_from_db()
    assert handed_back(case).reason == "不属本局职责"
    page = see(city.triage, "/centre/")
    assert "不属本局职责" in page
    assert f"Dispatch to {labour.short_name}" in page
    assert f'<option value="{LABOUR}" selected>' in page


# Hand-backs, reviews, visits


def test_a_hand_back_shows_reason_and_proposal_and_is_decided_from_the_desk():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    labour = Department.objects.get(pk=LABOUR)
    asking.hand_back(case, by=actor(city.handler), reason="不属本局职责", proposed_lead=labour, at=at(9, 7, 11))
    page = see(city.director, "/centre/?view=hand_backs")
    assert "不属本局职责" in page
    assert labour.name in page
    values = fields_of(page, f"/appeals/{case.number}/decide_hand_back/") | {"granted": "false", "reason": "应由贵局"}
    answer = signed_in(city.director).post(f"/appeals/{case.number}/decide_hand_back/", values)
    assert answer.headers["Location"] == "/centre/?view=hand_backs"
    case.refresh_from_db()
    assert case.hand_backs_lost == 1


def test_who_dispatched_a_case_reads_why_another_decides_its_hand_back():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    labour = Department.objects.get(pk=LABOUR)
    asking.hand_back(case, by=actor(city.handler), reason="不属本局职责", proposed_lead=labour, at=at(9, 7, 11))
    page = see(city.triage, "/centre/?view=hand_backs")
    assert "Whoever dispatched the case cannot decide its hand-back" in page
    assert "decide_hand_back/" not in page


def test_the_reviewer_reads_appeal_and_reply_side_by_side_and_passes_it():
    city = City()
    case = make_appeal(Status.REPLIED, city=city)
    page = see(city.reviewer, "/centre/")
    assert case.description in page
    assert case.reply_text in page
    values = fields_of(page, f"/appeals/{case.number}/review/") | {"passed": "true"}
    signed_in(city.reviewer).post(f"/appeals/{case.number}/review/", values)
    case.refresh_from_db()
    assert case.status == Status.VISITING


def test_a_review_sent_back_carries_its_note():
    city = City()
    case = make_appeal(Status.REPLIED, city=city)
    values = fields_of(see(city.reviewer, "/centre/"), f"/appeals/{case.number}/review/")
    signed_in(city.reviewer).post(
        f"/appeals/{case.number}/review/", values | {"passed": "false", "note": "未写明办理时限"}
    )
    case.refresh_from_db()
    assert case.status == Status.SIGNED
    assert case.events.of_verb("review").get().text == "未写明办理时限"


def test_whoever_worked_on_a_case_does_not_get_the_form_of_its_review():
    city = City()
    case = make_appeal(Status.REPLIED, city=city)
    post_of(city.handler, Role.REVIEWER, CENTRE_OFFICE)
    page = see(city.handler, "/centre/?view=reviews")
    assert "Whoever worked on the case cannot review it" in page
    assert f"/appeals/{case.number}/review/" not in page


def test_a_visit_is_recorded_from_the_desk_and_a_redo_only_after_it():
    city = City()
    case = make_appeal(Status.VISITING, city=city)
    page = see(city.reviewer, "/centre/?view=visits")
    assert f"/appeals/{case.number}/redo/" not in page
    values = fields_of(page, f"/appeals/{case.number}/visit/") | {"reached": "true", "note": "企业说已解决"}
    signed_in(city.reviewer).post(f"/appeals/{case.number}/visit/", values)
    page = see(city.reviewer, "/centre/?view=visits")
    assert "企业说已解决" in page
    assert f"/appeals/{case.number}/redo/" in page


def test_the_phone_number_on_the_desk_is_masked():
    city = City()
    make_appeal(Status.VISITING, city=city, contact_phone="13812341234")
    page = see(city.reviewer, "/centre/?view=visits")
    assert "138****1234" in page
    assert "13812341234" not in page


# Queries


@pytest.mark.parametrize(
    ("role", "office", "path", "status"),
    [
        (Role.TRIAGE, CENTRE_OFFICE, "/centre/", Status.TRIAGE),
        (Role.DIRECTOR, CENTRE_OFFICE, "/centre/?view=hand_backs", Status.DISPATCHED),
        (Role.REVIEWER, CENTRE_OFFICE, "/centre/?view=reviews", Status.REPLIED),
        (Role.REVIEWER, CENTRE_OFFICE, "/centre/?view=visits", Status.VISITING),
        (Role.HANDLER, SCIENCE, "/office/?view=all", Status.SIGNED),
        (Role.HEAD, SCIENCE, "/office/?view=soon", Status.SIGNED),
        (Role.HEAD, SCIENCE, "/office/?view=overdue", Status.DISPATCHED),
        (Role.DIRECTOR, CENTRE_OFFICE, "/appeals/", Status.CLOSED),
    ],
)
def test_a_page_of_fifty_rows_asks_twelve_times_at_most(role, office, path, status):
    city = City()
    sixty_more(status, city)
    if "hand_backs" in path:
        labour = Department.objects.get(pk=LABOUR)
        for case in Appeal.objects.all():
            asking.hand_back(case, by=actor(city.handler), reason="不属", proposed_lead=labour, at=at(9, 7, 11))
    client = signed_in(city.holder(role, office))
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        page = text(client.get(path))
    assert "soon" in path or len(titles(page)) >= 50
    assert len(queries) <= 12, "\n".join(query["sql"][:200] for query in queries)
