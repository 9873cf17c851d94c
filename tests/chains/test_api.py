import pytest

from chains.models import CaseFact, ScoreRule
from chains.taxonomy import Role
from tests.api import Api, assert_problem
from tests.chains.cases import LATER, at
from tests.chains.facts import keep, keep_vector_1
from tests.factory import LABOUR, PARK, SCIENCE, make_member, make_user

pytestmark = pytest.mark.django_db

OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


@pytest.fixture(autouse=True)
def _december(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


@pytest.fixture
def triage():
    return Api(make_user(Role.TRIAGE))


def test_the_score_of_vector_1_comes_out(triage):
    keep_vector_1()
    for _ in range(12):  # so that the city's mean is .95
        keep(lead=LABOUR, stars=5)
    found = triage.get("scores/", period="2026-10", of="department").json()["results"]
    line = next(line for line in found if line["unit"] == SCIENCE)
    assert line["score"] == pytest.approx(88.0057, abs=1e-4)
    assert line["rates"] == pytest.approx({"R": 0.95, "O": 0.9, "S": 0.8125, "Q": 0.922727, "B": 0.9}, abs=1e-6)
    assert (line["n"], line["ranked"], line["rank"], line["name"]) == (20, True, 2, "衢州市科学技术局")
    assert line["rated_share"] == 0.6
    assert (line["exclusion_rate"], line["false_closures"], line["borrowed"]) == (0, 0, [])
    assert (line["weights_version"], line["published"]) == (1, False)
    assert len(line["wilson"]["S"]) == len(line["wilson"]["Q"]) == 2


def test_too_few_cases_have_no_rank_and_borrow_the_citys_rates(triage):
    for _ in range(5):
        keep(stars=5, solved="yes")
    keep(chain="talent")
    by_unit = {line["unit"]: line for line in triage.get("scores/", period="2026-10", of="chain").json()["results"]}
    assert by_unit["innovation"]["rank"] == 1
    assert (by_unit["talent"]["ranked"], by_unit["talent"]["rank"]) == (False, None)
    assert by_unit["talent"]["borrowed"] == ["S", "Q"]


def test_a_new_version_of_the_weights_counts_from_its_day(triage):
    keep(solved="no", stars=1)
    ScoreRule.objects.create(version=2, valid_from="2026-11-01", solved=0)
    assert triage.get("scores/", period="2026-10", of="city").json()["results"][0]["weights_version"] == 1
    keep(solved="no", stars=1, closed_at=at(11, 20))
    assert triage.get("scores/", period="2026-11", of="city").json()["results"][0]["weights_version"] == 2


def test_a_quarter_and_the_present_month_are_periods(triage):
    keep()
    assert triage.get("scores/", period="2026-Q4", of="city").json()["results"][0]["n"] == 1
    assert triage.get("scores/").json() == {"period": "2026-12", "of": "chain", "results": []}


def test_the_summary_has_the_documented_keys(triage):
    keep(stars=5, solved="yes")
    keep(status="signed", closed_at=None, replied_at=None, used_minutes=None)
    keep(status="declined", closed_at=None, lead="")
    body = triage.get("stats/summary/", **OCTOBER).json()
    assert body == {
        "filed": 3,
        "closed": 1,
        "open": 1,
        "overdue": 1,
        "declined": 1,
        "on_time": 0.5,
        "response": 1.0,
        "solved": 1.0,
        "satisfied": 1.0,
        "first_time": 1.0,
        "rated_share": 1.0,
        "median_used_minutes": 1200.0,
        "p90_used_minutes": 1200.0,
    }


def test_nothing_happened_is_null_not_zero(triage):
    body = triage.get("stats/summary/", **{"from": "2026-01-01", "to": "2026-01-31"}).json()
    assert body["filed"] == 0 and body["on_time"] is None and body["median_used_minutes"] is None


def test_filters_narrow_the_summary(triage):
    keep()
    keep(chain="talent", lead=LABOUR, district="330800")
    for params in ({"chain": "talent"}, {"department": "人社局"}, {"district": "衢州市"}, {"department": LABOUR}):
        assert triage.get("stats/summary/", **params).json()["filed"] == 1, params


def test_the_trend_has_a_step_for_each_day_week_or_month(triage):
    keep()
    span = {"from": "2026-09-28", "to": "2026-10-25"}
    for by, count in (("day", 28), ("week", 4), ("month", 2)):
        steps = triage.get("stats/trend/", by=by, **span).json()["results"]
        assert (len(steps), sum(step["closed"] for step in steps)) == (count, 1)
    assert len(triage.get("stats/trend/").json()["results"]) == 12


@pytest.mark.parametrize("by", ["department", "district", "chain", "industry", "topic", "level"])
def test_every_breakdown_adds_up(triage, by):
    keep()
    keep(lead=LABOUR, chain="talent", topic="H01", level="C", district="330800", industry="CHIP")
    lines = triage.get(f"stats/by/{by}/").json()["results"]
    assert [line["filed"] for line in lines] == [1, 1]
    assert all(line["name"] for line in lines)


def test_an_unknown_breakdown_is_not_there(triage):
    assert_problem(triage.get("stats/by/colour/"), 404)


def test_the_coupling_says_what_is_missing(triage):
    keep_vector_1()
    body = triage.get("coupling/", period="2026-10").json()
    assert body["C"] is body["D"] is body["grade"] is None
    assert body["missing"] == ["industry", "talent", "capital", "service"]
    assert body["reason"].startswith("Too few cases")
    assert body["chains"]["innovation"] is not None


def test_five_equal_chains_are_wholly_coupled(triage):
    for chain in ("industry", "innovation", "talent", "capital", "service"):
        for _ in range(5):
            keep(chain=chain, solved="yes", stars=5)
    body = triage.get("coupling/", period="2026-10").json()
    assert (body["C"], body["C_wang"], body["borrowed"], body["reason"]) == (1, 1, [], None)
    assert body["T"] == body["D"] == pytest.approx(body["chains"]["talent"])
    assert body["grade"] == "优质协调"
    assert body["weakest"] in body["chains"]


def test_the_taxonomy_is_open_to_everybody_who_signed_in():
    body = Api(make_member()).get("taxonomy/").json()
    assert [chain["code"] for chain in body["chains"]] == ["industry", "innovation", "talent", "capital", "service"]
    assert len(body["topics"]) == 44
    topic = next(topic for topic in body["topics"] if topic["code"] == "N01")
    assert topic == {
        "code": "N01",
        "name": "高企/科技型中小/专精特新认定",
        "chain": "innovation",
        "leads": ["科技局", "经信局"],
        "support": topic["support"],
        "level": topic["level"],
    }
    office = next(office for office in body["departments"] if office["code"] == SCIENCE)
    assert set(office) == {"code", "name", "short_name", "tier", "district", "parent"}
    assert {"330800", "330802"} <= {district["code"] for district in body["districts"]}
    assert {"code": "NEWMAT", "name": "新材料"} in body["industries"]


WRONG = (
    ("stats/summary/", {"from": "2026-13-01"}, "from"),
    ("stats/summary/", {"from": "2026-10-02", "to": "2026-10-01"}, "from"),
    ("stats/summary/", {"to": "9999-12-31"}, "from"),
    ("stats/summary/", {"chain": "x"}, "chain"),
    ("stats/summary/", {"district": "\x00"}, "district"),
    ("stats/summary/", {"department": "没有的局"}, "department"),
    ("stats/trend/", {"by": "year"}, "by"),
    ("stats/trend/", {"by": "day", "from": "2020-01-01"}, "from"),
    ("scores/", {"period": "2026-13"}, "period"),
    ("scores/", {"period": "last"}, "period"),
    ("scores/", {"of": "person"}, "of"),
    ("coupling/", {"district": "火星区"}, "district"),
)


@pytest.mark.parametrize(("path", "params", "field"), WRONG)
def test_an_unknown_value_is_an_error_at_its_parameter(triage, path, params, field):
    assert_problem(triage.get(path, **params), 400, field)


def test_boards_are_scoped_by_post():
    keep()
    keep(lead=LABOUR, chain="talent")
    keep(park=PARK, lead=LABOUR, chain="talent")
    nobody = [make_member(), make_user(), make_user(Role.SYSADMIN), make_user(Role.AUDITOR), make_user(Role.CHANNEL)]
    for user in nobody:
        for path in ("stats/summary/", "stats/trend/", "stats/by/chain/", "scores/", "coupling/"):
            assert_problem(Api(user).get(path), 403)
    for role in (Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR, Role.SUPERVISOR, Role.LEADER):
        assert len(Api(make_user(role)).get("stats/by/department/").json()["results"]) == 2


def test_an_office_sees_its_own_numbers_and_the_citys_totals():
    keep()
    keep(lead=LABOUR, chain="talent")
    office = Api(make_user(Role.HANDLER, SCIENCE))
    assert office.get("stats/summary/").json()["filed"] == 2
    assert office.get("stats/summary/", department="科技局").json()["filed"] == 1
    assert [line["unit"] for line in office.get("stats/by/department/").json()["results"]] == [SCIENCE]
    assert len(office.get("stats/by/chain/").json()["results"]) == 2
    found = office.get("scores/", period="2026-10", of="department").json()["results"]
    assert [line["unit"] for line in found] == [SCIENCE]
    for path, params in (
        ("stats/summary/", {"department": LABOUR}),
        ("stats/summary/", {"district": "330802"}),
        ("stats/by/district/", {}),
        ("scores/", {"of": "park"}),
        ("coupling/", {"district": "330802"}),
    ):
        assert_problem(office.get(path, **params), 403)


def test_a_station_sees_the_numbers_of_its_park():
    keep()
    keep(park=PARK, lead=LABOUR, chain="talent")
    station = Api(make_user(Role.STATION, PARK))
    assert station.get("stats/summary/").json()["filed"] == 1
    assert [line["unit"] for line in station.get("stats/by/department/").json()["results"]] == [LABOUR]
    assert [line["unit"] for line in station.get("scores/", period="2026-10").json()["results"]] == ["talent"]


def test_complaints_of_an_office_are_folded_for_all_but_director_and_leader():
    keep()
    keep(withheld=True)
    for role, units in ((Role.TRIAGE, {SCIENCE, "withheld"}), (Role.DIRECTOR, {SCIENCE}), (Role.LEADER, {SCIENCE})):
        api = Api(make_user(role))
        assert {line["unit"] for line in api.get("stats/by/department/").json()["results"]} == units
        scores = api.get("scores/", period="2026-10", of="department").json()["results"]
        assert {line["unit"] for line in scores} == units
        assert api.get("scores/", period="2026-10", of="chain").json()["results"][0]["n"] == 2
    assert Api(make_user(Role.TRIAGE)).get("stats/summary/", department=SCIENCE).json()["filed"] == 1
    assert Api(make_user(Role.DIRECTOR)).get("stats/summary/", department=SCIENCE).json()["filed"] == 2


def test_numbers_take_few_queries(triage, django_assert_max_num_queries):
    keep_vector_1()
    for path in ("stats/summary/", "stats/trend/", "stats/by/department/", "scores/", "coupling/", "taxonomy/"):
        with django_assert_max_num_queries(9):
            assert triage.get(path).status_code == 200


def test_history_that_is_not_counted_counts_nowhere(triage):
    keep(counted=False)
    assert triage.get("stats/summary/").json()["filed"] == 0
    assert triage.get("scores/", period="2026-10").json()["results"] == []
    assert CaseFact.objects.count() == 1
