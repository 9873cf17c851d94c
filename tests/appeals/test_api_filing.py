import pytest

from appeals.models import Appeal, Enterprise, Event, FilingKey, Membership
from appeals.states import Status
from chains.models import CaseFact
from chains.taxonomy import Role
from routing import plan
from tests.api import Api, assert_problem
from tests.factory import PARK, City, at, credit_code, make_enterprise, make_member, make_user

pytestmark = pytest.mark.django_db

TEXT = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？"}
KEYS = (
    "number status topic chain lead level confidence decided_by alternatives similar triage_by sign_by contact_by "
    "resolve_by provisional light version url"
).split()


@pytest.fixture
def city():
    return City()


@pytest.fixture
def member(city):
    return Api(city.member)


def make_sure(monkeypatch):
    """The machine is sure of everything, as a classifier trained on real cases might be."""
    monkeypatch.setattr(plan, "may_go_at_once", lambda found, weighed: True)


def test_the_answer_has_the_documented_keys(member):
    answer = member.post("appeals/", TEXT)
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == KEYS
    assert body["url"] == f"/appeals/{body['number']}/"
    assert body["version"] == 1
    assert len(body["alternatives"]) == 5
    for found in body["alternatives"]:
        assert set(found) == {"topic", "chain", "confidence", "reasons"}
        assert set(found["topic"]) == {"code", "name"}
    assert body["alternatives"][0]["topic"]["code"] == "N01"
    assert body["alternatives"][0]["reasons"]


def test_in_triage_only_its_own_limit_stands(member):
    body = member.post("appeals/", TEXT | {"urgent": True}).json()
    assert body["status"] == "triage"
    assert body["triage_by"].endswith("+08:00")
    assert [body[name] for name in ("lead", "decided_by", "sign_by", "contact_by", "resolve_by")] == [None] * 5


def test_a_sure_case_is_dispatched_at_once(member, monkeypatch):
    make_sure(monkeypatch)
    body = member.post("appeals/", TEXT | {"district": "柯城区"}).json()
    assert (body["status"], body["decided_by"], body["light"]) == ("dispatched", "auto", "green")
    assert body["lead"]["name"] and body["resolve_by"] and body["sign_by"] and body["contact_by"]
    assert body["triage_by"] is None


FEW = (
    # is sure, body, key → most queries
    (False, TEXT, None, 20),
    (True, TEXT, None, 23),
    (True, TEXT, "k", 25),
    (True, TEXT | {"district": "柯城区", "industry": "NEWMAT"}, None, 25),
)


@pytest.mark.parametrize(("sure", "body", "key", "most"), FEW)
def test_filing_takes_few_queries(city, member, monkeypatch, django_assert_max_num_queries, sure, body, key, most):
    assert city.handler  # somebody to be told
    if sure:
        make_sure(monkeypatch)
    member.post("appeals/", TEXT)
    with django_assert_max_num_queries(most):
        answer = member.post("appeals/", body | {"wants_person": not sure}, key=key)
    assert (answer.status_code, answer.json()["status"]) == (201, "dispatched" if sure else "triage")


def test_similar_open_appeals_of_the_enterprise_are_named(city, member):
    first = member.post("appeals/", TEXT | {"wants_person": True}).json()
    second = member.post("appeals/", TEXT | {"title": "高企认定材料怎么申报"}).json()
    assert second["similar"] == [{"number": first["number"], "title": TEXT["title"], "status": "triage"}]


def test_a_channel_does_not_hear_of_appeals_it_did_not_file(city, member):
    member.post("appeals/", TEXT)
    channel = Api(make_user(Role.CHANNEL))
    code = city.enterprise.credit_code
    assert channel.post("appeals/", TEXT | {"enterprise": code}).json()["similar"] == []


WHO = (
    (Role.TRIAGE, "phone"),
    (Role.DIRECTOR, "phone"),
    (Role.CHANNEL, "api"),
)


@pytest.mark.parametrize(("role", "source"), WHO)
def test_staff_files_for_any_enterprise(role, source):
    enterprise = make_enterprise()
    body = TEXT | {"enterprise": enterprise.credit_code}
    assert Api(make_user(role)).post("appeals/", body).status_code == 201
    case = Appeal.objects.get()
    assert (case.enterprise, case.source) == (enterprise, source)


def test_a_station_files_for_its_park_only():
    station = Api(make_user(Role.STATION, PARK))
    inside, outside = make_enterprise(park_id=PARK), make_enterprise()
    assert station.post("appeals/", TEXT | {"enterprise": inside.credit_code}).status_code == 201
    assert_problem(station.post("appeals/", TEXT | {"enterprise": outside.credit_code}), 403)
    assert Appeal.objects.get().source == "station"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.SUPERVISOR, Role.LEADER, Role.AUDITOR, Role.SYSADMIN])
def test_others_file_nothing(role):
    api = Api(make_user(role))
    assert_problem(api.post("appeals/", TEXT | {"enterprise": make_enterprise().credit_code}), 403)
    assert_problem(api.post("appeals/", {}), 403)  # who comes before what
    assert not Appeal.objects.exists()


def test_a_member_files_for_no_other_enterprise(member):
    assert_problem(member.post("appeals/", TEXT | {"enterprise": make_enterprise().credit_code}), 403)
    assert not Appeal.objects.exists()


def test_a_member_of_several_says_which():
    user, other = make_member(), make_enterprise()
    moment = at(1, 5)
    Membership.objects.create(enterprise=other, user=user, state="confirmed", asked_at=moment, decided_at=moment)
    assert_problem(Api(user).post("appeals/", TEXT), 400, "enterprise")
    assert Api(user).post("appeals/", TEXT | {"enterprise": other.credit_code}).status_code == 201


FAULTS = (
    ({"title": ""}, "title"),
    ({"title": " \u0000\u0007\n"}, "title"),
    ({"title": None}, "title"),
    ({"title": 5}, "title"),
    ({"title": ["a"]}, "title"),
    ({"title": {"a": 1}}, "title"),
    ({"title": "长" * 81}, "title"),
    ({"description": ""}, "description"),
    ({"description": "长" * 34_000}, "description"),  # 100 kB
    ({"description": "x" * 900_000}, "description"),
    ({"district": "火星区"}, "district"),
    ({"district": "\u0000"}, None),
    ({"district": 330802}, "district"),
    ({"industry": "NONE"}, "industry"),
    ({"nature": "wish"}, "nature"),
    ({"urgent": "maybe"}, "urgent"),
    ({"urgent": [True]}, "urgent"),
    ({"complained_of": "没有的局"}, "complained_of"),
    ({"contact_phone": "hello"}, "contact_phone"),
    ({"contact_name": "王" * 51}, "contact_name"),
    ({"external_number": "1" * 61}, "external_number"),
    ({"source": "fax"}, "source"),
    ({"enterprise": "91330802000000001X1"}, "enterprise"),
    ({"enterprise": 1}, "enterprise"),
)


@pytest.mark.parametrize(("change", "field"), FAULTS)
def test_bad_values_are_named_at_their_field_and_leave_nothing(member, change, field):
    answer = member.post("appeals/", TEXT | change)
    if field:
        assert_problem(answer, 400, field)
        assert not Appeal.objects.exists() and not Event.objects.exists() and not CaseFact.objects.exists()
    else:
        assert answer.status_code == 201  # nothing left of it: as if it had not been given


def test_a_wrong_check_digit_and_an_unknown_code_are_errors_of_the_enterprise():
    triage = Api(make_user(Role.TRIAGE))
    right = credit_code(77)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    for code in (wrong, right, ""):
        assert_problem(triage.post("appeals/", TEXT | {"enterprise": code}), 400, "enterprise")


def test_several_faults_come_together(member):
    assert_problem(member.post("appeals/", {"nature": "x"}), 400, "title", "description", "nature")


def test_html_and_emoji_are_kept_and_control_characters_are_not(member):
    sent = {
        "title": "缺工\u0000\u0008 <b>急</b> 😀",
        "description": "第一行\r\n第二行\u200b\u001b[31m <script>alert(1)</script>",
    }
    number = member.post("appeals/", sent).json()["number"]
    kept = member.get(f"appeals/{number}/").json()
    assert kept["title"] == "缺工 <b>急</b> 😀"
    assert kept["description"].startswith("第一行\n第二行")
    assert "<script>alert(1)</script>" in kept["description"]
    assert "\u001b" not in kept["description"]


def test_the_same_key_and_body_file_once(member):
    first, again = (member.post("appeals/", TEXT, key="a1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Appeal.objects.count() == 1
    other_order = dict(reversed(TEXT.items()))
    assert member.post("appeals/", other_order, key="a1").status_code == 200


def test_the_same_key_with_another_body_is_a_conflict(member):
    member.post("appeals/", TEXT, key="a1")
    assert_problem(member.post("appeals/", TEXT | {"title": "另一个问题"}, key="a1"), 409)
    assert Appeal.objects.count() == 1


def test_a_key_belongs_to_its_sender(member):
    other = Api(make_member())
    assert member.post("appeals/", TEXT, key="a1").status_code == 201
    assert other.post("appeals/", TEXT, key="a1").status_code == 201


def test_a_key_of_a_refused_filing_may_be_used_again(member):
    assert_problem(member.post("appeals/", {}, key="a1"), 400, "title", "description")
    assert member.post("appeals/", TEXT, key="a1").status_code == 201


def test_a_key_is_forgotten_after_seven_days(member):
    member.post("appeals/", TEXT, key="a1")
    FilingKey.objects.update(created_at=at(1, 1))
    assert member.post("appeals/", TEXT, key="a1").status_code == 201
    assert Appeal.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", "k" * 201, "é", "a\tb"])
def test_a_key_that_is_none_is_refused(member, key):
    assert_problem(member.post("appeals/", TEXT, key=key), 400, "Idempotency-Key")


def test_an_enterprise_that_files_too_much_waits(member, settings):
    settings.FILINGS_PER_HOUR = 2
    assert [member.post("appeals/", TEXT).status_code for _ in range(2)] == [201, 201]
    answer = member.post("appeals/", TEXT)
    assert_problem(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 3601


def test_an_external_number_is_filed_once(city):
    channel = Api(make_user(Role.CHANNEL))
    body = TEXT | {"enterprise": city.enterprise.credit_code, "external_number": "12345-1"}
    assert channel.post("appeals/", body).status_code == 201
    assert_problem(channel.post("appeals/", body), 409, "external_number")
    assert Enterprise.objects.get().appeals.count() == 1


def test_an_unknown_key_of_the_body_is_ignored(member):
    body = member.post("appeals/", TEXT | {"status": Status.CLOSED, "number": "QY1"}).json()
    assert body["status"] != "closed" and body["number"] != "QY1"
