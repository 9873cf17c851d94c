"""The whole life of an appeal over the API: bodies in, state out, and what the enterprise does not read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from appeals.models import Appeal
from appeals.states import Status
from chains.taxonomy import Role
from routing.calendar import workdays
from tests.api import Api, assert_problem
from tests.factory import CENTRE, LABOUR, SCIENCE, City, lately, make_appeal, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return City()


def signed(city, **changes):
    return make_appeal(Status.SIGNED, city=city, filed_at=lately(), **changes)


def took(user, case, verb, **values):
    """The state after `verb`, taken with the version of now."""
    answer = Api(user).step(Appeal.objects.get(pk=case.pk), verb, **values)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def read(user, case):
    answer = Api(user).get(f"appeals/{case.number}/")
    assert answer.status_code == 200
    return answer.json()


def workday(days):
    return workdays().after(timezone.localdate(), days).isoformat()


def test_requests_supports_orders_and_pauses_stand_in_the_state_of_the_staff_only(city):
    case = signed(city, level="C")
    took(city.handler, case, "ask_support", department=LABOUR, request="请核实")
    took(city.handler, case, "ask_extension", until=workday(16), reason="需勘查", words_to_enterprise="请稍候")
    took(city.leader, lifted(case), "supervise", order="请说明", answer_by=workday(2))
    took(city.director, case, "confer", departments=[LABOUR], on=workday(1), agenda="研究")
    state = took(city.handler, case, "pause", reason="enterprise", note="等材料")
    assert [(one["kind"], one["approver"], one["granted"]) for one in state["requests"]] == [
        ("extension", "director", None)
    ]
    assert [one["department"]["code"] for one in state["supports"]] == [LABOUR]
    assert state["orders"][0]["department"]["code"] == SCIENCE
    assert [one["code"] for one in state["conferences"][0]["departments"]] == [LABOUR]
    assert (state["paused"], state["light"], state["resolve_by"], state["pauses"][0]["reason"]) == (
        True,
        "paused",
        None,
        "enterprise",
    )
    mine = read(city.member, case)
    assert (mine["requests"], mine["supports"], mine["orders"], mine["conferences"]) == ([], [], [], [])
    assert mine["paused"] and mine["pauses"]
    events = Api(city.member).get(f"appeals/{case.number}/events/").json()["results"]
    verbs = {event["verb"] for event in events}
    assert "pause" in verbs
    assert not verbs & {"ask_support", "ask_extension", "supervise", "confer"}


def lifted(case):
    Appeal.objects.filter(pk=case.pk).update(escalated_at=timezone.now())
    return case


def test_a_message_of_the_enterprise_ends_the_pause(city):
    case = signed(city)
    took(city.handler, case, "pause", reason="enterprise", note="等材料")
    state = took(city.member, case, "message", text="已补")
    assert (state["paused"], state["resolve_by"] is None) == (False, False)


def test_links_are_told_to_whoever_may_open_them(city):
    one, other = signed(city), signed(city)
    state = took(city.triage, one, "merge", into=other.number)
    assert (state["status"], state["links"]["merged_into"]) == ("merged", other.number)
    assert read(city.member, one)["links"]["merged_into"] == other.number
    took(city.triage, one, "unmerge", reason="并非同一事项")
    assert read(city.member, one)["status"] == "signed"


def test_parts_are_given_as_objects_and_one_that_lacks_a_title_is_named(city):
    case = make_appeal(city=city, filed_at=lately())
    parts = [{"title": "招工难", "description": "缺焊工"}, {"title": "", "description": ""}]
    assert_problem(Api(city.triage).step(case, "split", parts=parts), 400, "parts")
    took(city.triage, case, "split", parts=parts[:1])
    made = Appeal.objects.split_off(case).get()
    assert read(city.triage, made)["links"]["split_from"] == case.number


@pytest.mark.parametrize(
    ("verb", "who", "values", "fields"),
    [
        ("ask_extension", "handler", {"until": "31/12/2026", "reason": "…", "words_to_enterprise": "…"}, ["until"]),
        ("ask_extension", "handler", {"until": "2026-02-30", "reason": "因", "words_to_enterprise": "请"}, ["until"]),
        ("ask_extension", "handler", {"until": "9999-12-31", "reason": "因", "words_to_enterprise": "请"}, ["until"]),
        ("ask_extension", "handler", {"until": ["2026"], "reason": "因", "words_to_enterprise": "请"}, ["until"]),
        ("pause", "handler", {"reason": "lunch", "note": "因"}, ["reason"]),
        ("ask_support", "handler", {"department": "市不存在局", "request": "请"}, ["department"]),
        ("merge", "triage", {"into": "QY000000000000000"}, ["into"]),
        ("merge", "triage", {"into": "'; DROP"}, ["into"]),
        ("merge", "triage", {"into": {"a": 1}}, ["into"]),
        ("reclassify", "triage", {"reason": "更正"}, ["topic"]),
        ("reclassify", "triage", {"reason": "更正", "level": "X"}, ["level"]),
        ("confer", "director", {"departments": [], "on": "2030-01-01", "agenda": "研究"}, ["departments"]),
        ("confer", "director", {"departments": [LABOUR], "on": "2020-01-01", "agenda": "研究"}, ["on"]),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_written(city, verb, who, values, fields):
    case = signed(city)
    lines = case.events.count()
    assert_problem(Api(getattr(city, who)).step(case, verb, **values), 400, *fields)
    assert (case.events.count(), Appeal.objects.get(pk=case.pk).version) == (lines, case.version)


def test_a_second_urge_of_the_day_says_when_again(city):
    case = signed(city)
    took(city.member, case, "urge", text="请加快")
    again = Api(city.member).step(Appeal.objects.get(pk=case.pk), "urge", text="请加快")
    assert_problem(again, 429)
    assert int(again["Retry-After"]) > 0


def test_the_owner_of_a_case_is_chosen_among_the_leaders(city):
    case, leader = lifted(signed(city)), make_user(Role.LEADER)
    took(city.director, case, "confer", departments=[LABOUR], on=workday(1), agenda="研究")
    refused = Api(city.director).step(
        Appeal.objects.get(pk=case.pk), "conclude", text="包案", owner=city.handler.username
    )
    assert_problem(refused, 400, "owner")
    state = took(city.director, case, "conclude", text="包案", owner=leader.username)
    assert state["owner"]["username"] == leader.username


def test_a_new_appeal_says_which_one_it_goes_on_from(city):
    old = make_appeal(Status.CLOSED, city=city, filed_at=lately())
    filed = {"title": "又停电了", "description": "上次修好后又停电", "follows": old.number}
    answer = Api(city.member).post("appeals/", filed)
    assert answer.status_code == 201
    assert read(city.member, Appeal.objects.get(number=answer.json()["number"]))["links"]["follows"] == old.number
    foreign = make_appeal(Status.CLOSED, city=City(), filed_at=lately())
    assert_problem(Api(city.member).post("appeals/", filed | {"follows": foreign.number}), 400, "follows")


def test_the_centre_is_ordered_where_the_centre_holds_the_case(city):
    case = make_appeal(city=city, filed_at=lately() - timedelta(days=9))
    took(city.supervisor, case, "supervise", order="为何迟迟不派", answer_by=workday(1))
    assert_problem(Api(city.holder(Role.REVIEWER, CENTRE)).step(case, "answer_supervision", text="…"), 404)
    state = took(city.triage, case, "answer_supervision", text="已派")
    assert state["orders"][0]["answered_at"]


def test_the_record_tells_each_reader_only_what_is_his(city):
    case = make_appeal(Status.DISPATCHED, city=city, filed_at=lately())
    Appeal.objects.filter(pk=case.pk).update(dispatched_by=None)
    took(city.handler, case, "hand_back", reason="不属本局职责", proposed_lead=LABOUR)
    took(city.director, case, "decide_hand_back", granted=True, reason="同意")
    took(city.director, case, "reclassify", complained_of="330800-JXJ", reason="企业反映")
    took(city.director, case, "dispatch", topic="N01", level="B", lead=SCIENCE)

    def lines(user):
        found = Api(user).get(f"appeals/{case.number}/events/").json()["results"]
        return {event["verb"]: event["data"] for event in found}

    mine, theirs, ours = lines(city.member), lines(city.handler), lines(city.director)
    assert mine["decide_hand_back"] == {"granted": True, "lead": SCIENCE}
    assert "suggested" not in mine["dispatch"]
    assert theirs["decide_hand_back"]["proposed_lead"] == LABOUR
    assert theirs["reclassify"] == {"was": {}}, "whom it complains of is not for the office"
    assert ours["reclassify"] == {"complained_of": "330800-JXJ", "was": {"complained_of": None}}
