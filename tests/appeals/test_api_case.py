from datetime import timedelta

import pytest

from appeals import asking
from appeals.models import Appeal, Event
from appeals.states import Status
from appeals.table import MOVES
from chains.models import Department
from chains.taxonomy import Role
from tests.api import Api, assert_problem
from tests.appeals.test_api_filing import KEYS
from tests.factory import LABOUR, PARK, SCIENCE, City, actor, make_appeal, make_enterprise, make_member, make_user

pytestmark = pytest.mark.django_db

MORE = (
    "title description enterprise handler support round urgent nature filed_at dispatched_at signed_at contacted_at "
    "replied_at closed_at pauses requests rating moves"
).split()


@pytest.fixture
def city():
    return City()


def read(user, case):
    return Api(user).get(f"appeals/{case.number}/").json()


def verbs(moves):
    return [move["verb"] for move in moves]


def test_the_state_has_the_documented_keys(city):
    case = make_appeal(Status.SIGNED, city=city, support=(LABOUR,))
    state = read(city.handler, case)
    assert set(KEYS) | set(MORE) <= set(state)
    assert state["lead"] == {"code": SCIENCE, "name": "衢州市科学技术局"}
    assert [office["code"] for office in state["support"]] == [LABOUR]
    assert state["handler"] == {"username": city.handler.username, "name": str(city.handler)}
    assert state["enterprise"]["credit_code"] == city.enterprise.credit_code
    assert "reply" in verbs(state["moves"])


def test_reading_a_case_takes_few_queries(city, django_assert_max_num_queries):
    case = make_appeal(Status.SIGNED, city=city, support=(LABOUR,))
    api = Api(city.handler)
    for path, most in ((f"appeals/{case.number}/", 18), (f"appeals/{case.number}/events/", 8)):
        with django_assert_max_num_queries(most):
            assert api.get(path).status_code == 200


def test_the_enterprise_reads_no_names_of_officers(city):
    case = make_appeal(Status.SIGNED, city=city)
    assert read(city.member, case)["handler"] is None
    events = Api(city.member).get(f"appeals/{case.number}/events/").json()["results"]
    assert [event["verb"] for event in events] == ["file", "dispatch", "sign", "contact"]
    assert [event["actor"]["name"] for event in events] == [None] * 4
    assert events[2]["actor"] == {"name": None, "role": "handler", "department": "衢州市科学技术局"}


def test_staff_reads_the_record_with_names(city):
    case = make_appeal(Status.SIGNED, city=city)
    events = Api(city.triage).get(f"appeals/{case.number}/events/").json()["results"]
    keys = {"seq", "at", "verb", "actor", "from", "to", "round", "text", "data", "late_by"}
    assert all(set(event) == keys for event in events)
    assert [event["seq"] for event in events] == [1, 2, 3, 4]
    assert events[0]["from"] is None and events[0]["to"] == "triage"
    assert (events[2]["from"], events[2]["to"]) == ("dispatched", "signed")
    assert events[2]["actor"]["name"] == str(city.handler)


def test_internal_lines_are_for_staff(city):
    case = make_appeal(Status.SIGNED, city=city)
    Api(city.handler).step(case, "note", text="内部情况", internal=True)
    for user, sees in ((city.handler, True), (city.triage, True), (city.member, False)):
        text = Api(user).get(f"appeals/{case.number}/events/").content.decode()
        assert ("内部情况" in text) == sees


def test_a_channel_reads_no_internal_lines(city):
    channel = make_user(Role.CHANNEL)
    case = make_appeal(Status.SIGNED, city=city)
    Appeal.objects.update(filed_by=channel)
    Api(city.handler).step(case, "note", text="内部情况", internal=True)
    assert "内部情况" not in Api(channel).get(f"appeals/{case.number}/events/").content.decode()


def test_an_anonymous_enterprise_is_not_named_to_the_office(city):
    case = make_appeal(Status.SIGNED, city=city, anonymous=True, contact_phone="13800001234")
    assert read(city.handler, case)["enterprise"] is None
    assert read(city.triage, case)["enterprise"]["name"] == city.enterprise.name
    rows = Api(city.handler).get("appeals/").json()["results"]
    assert [row["enterprise"] for row in rows] == [None]
    events = Api(city.handler).get(f"appeals/{case.number}/events/").json()["results"]
    assert events[0]["actor"] == {"name": None, "role": "member", "department": None}


def test_a_phone_is_masked_until_it_is_asked_for(city):
    case = make_appeal(Status.SIGNED, city=city, contact_phone="13800001234", contact_name="王女士")
    state = read(city.handler, case)
    assert (state["contact_phone"], state["revealed"]) == ("138****1234", {})
    answer = Api(city.handler).step(case, "reveal", field="contact_phone", purpose="电话联系企业")
    assert answer.json()["revealed"] == {"contact_phone": "13800001234"}
    assert "13800001234" not in Api(city.triage).get(f"appeals/{case.number}/").content.decode()


def outsiders(city):
    yield make_member(make_enterprise())
    yield make_user(Role.HANDLER, LABOUR)
    yield make_user(Role.HEAD, LABOUR)
    yield make_user(Role.STATION, PARK)
    yield make_user(Role.AUDITOR)
    yield make_user(Role.SYSADMIN)
    yield make_user(Role.CHANNEL)
    yield make_user()


def test_outside_the_scope_a_case_is_not_there(city):
    case = make_appeal(Status.SIGNED, city=city)
    for user in outsiders(city):
        api = Api(user)
        for path in ("", "events/", "moves/"):
            assert_problem(api.get(f"appeals/{case.number}/{path}"), 404)
        for verb in ("sign", "message", "note", "withdraw"):
            assert_problem(api.step(case, verb), 404)
        assert api.get("appeals/").json()["results"] == []
    assert case.events.count() == 4


def test_no_step_at_all_is_open_to_a_stranger(city):
    case, api = make_appeal(Status.SIGNED, city=city), Api(make_member())
    for verb in MOVES:
        assert_problem(api.step(case, verb), 404)


def test_who_may_not_is_told_why(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    for user, verb in ((city.member, "sign"), (city.triage, "sign"), (city.handler, "dispatch")):
        body = assert_problem(Api(user).step(case, verb), 403)
        assert "is for" in body["detail"]


def test_what_the_state_forbids_is_a_conflict_with_the_state(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    body = assert_problem(Api(city.handler).step(case, "reply", outcome="solved", text="好"), 409)
    assert body["state"]["status"] == "dispatched"
    assert body["version"] == body["state"]["version"] == case.version


def test_a_stale_version_is_a_conflict_with_the_newer_state(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    other = make_user(Role.HANDLER, SCIENCE)
    assert Api(other).step(case, "sign").status_code == 200
    body = assert_problem(Api(city.head).step(case, "assign", handler=other.username), 409)
    assert body["state"]["status"] == "signed"
    assert body["version"] == case.version + 1
    assert not Event.objects.of_verb("assign").exists()


@pytest.mark.parametrize("version", [None, "", "x", "1.0", 1.5, True, [1], {}])
def test_a_missing_version_is_an_error_at_version(city, version):
    case = make_appeal(Status.DISPATCHED, city=city)
    assert_problem(Api(city.handler).step(case, "sign", version=version), 400, "version")
    assert_problem(Api(city.handler).post(f"appeals/{case.number}/sign/"), 400, "version")


def test_who_comes_before_when_before_which_before_what(city):
    case = make_appeal(Status.SIGNED, city=city)
    assert_problem(Api(city.member).post(f"appeals/{case.number}/reply/"), 403)
    assert_problem(Api(city.handler).post(f"appeals/{case.number}/sign/"), 409)
    assert_problem(Api(city.handler).step(case, "reply", version=99), 409)
    assert_problem(Api(city.handler).step(case, "reply"), 400, "outcome", "text")


def test_a_step_answers_with_the_new_state_and_leaves_one_event(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    answer = Api(city.handler).step(case, "sign")
    assert answer.status_code == 200
    state = answer.json()
    assert (state["status"], state["version"]) == ("signed", case.version + 1)
    assert state["signed_at"].endswith("+08:00")
    assert case.events.of_verb("sign").count() == 1


def test_whoever_gives_a_case_away_is_told_how_it_stands(city):
    case = make_appeal(Status.TRIAGE, city=city)
    body = {"topic": "N01", "level": "B", "lead": "科技局", "support": ["人社局"]}
    state = Api(city.triage).step(case, "dispatch", **body).json()
    assert state["status"] == "dispatched"
    assert state["lead"]["code"] == SCIENCE
    assert [office["code"] for office in state["support"]] == [LABOUR]


def test_a_hand_back_is_listed_for_staff_only(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    asking.hand_back(
        case,
        by=actor(city.handler),
        reason="不属于我局职责",
        proposed_lead=Department.objects.get(pk=LABOUR),
        at=case.dispatched_at + timedelta(hours=1),
    )
    (asked,) = read(city.triage, case)["requests"]
    assert (asked["kind"], asked["granted"]) == ("hand_back", None)
    assert asked["proposed_lead"]["code"] == LABOUR
    assert read(city.member, case)["requests"] == []


def test_moves_say_what_each_step_needs(city):
    case = make_appeal(Status.VISITING, city=city)
    body = Api(city.member).get(f"appeals/{case.number}/moves/").json()
    assert body["version"] == case.version
    assert verbs(body["results"]) == ["message", "rate"]
    fields = {field["name"]: field for field in body["results"][1]["fields"]}
    assert fields["solved"]["choices"] == ["yes", "partly", "no"] and fields["solved"]["required"]
    assert (fields["stars"]["low"], fields["stars"]["high"]) == (1, 5)
    assert fields["comment"]["max_length"] == 2000 and not fields["comment"]["required"]


def test_a_rated_case_shows_its_reply_and_rating(city):
    case = make_appeal(Status.CLOSED, city=city, stars=4, solved="partly")
    state = read(city.member, case)
    assert (state["rating"]["solved"], state["rating"]["stars"]) == ("partly", 4)
    assert state["reply"]["outcome"] == "solved"
    assert (state["status"], state["light"]) == ("closed", "met")


BAD = (
    ("reply", {"outcome": "perhaps", "text": "x"}, ["outcome"]),
    ("reply", {"outcome": "solved", "text": "x" * 5001}, ["text"]),
    ("reply", {"outcome": ["solved"], "text": {"a": 1}}, ["outcome", "text"]),
    ("reply", {"outcome": "solved", "text": "\u0000"}, ["text"]),
    ("contact", {"note": " "}, ["note"]),
    ("note", {"text": "x", "internal": "perhaps"}, ["internal"]),
    ("reveal", {"field": "password", "purpose": "x"}, ["field"]),
)


@pytest.mark.parametrize(("verb", "values", "fields"), BAD)
def test_bad_values_of_a_step_are_named_and_leave_nothing(city, verb, values, fields):
    case = make_appeal(Status.SIGNED, city=city)
    assert_problem(Api(city.handler).step(case, verb, **values), 400, *fields)
    assert case.events.count() == 4
