import re

import pytest
from django.test import Client

from chains.measures import DEFINITIONS, Measure, holds
from chains.metrics import Unit, summary
from chains.periods import Period
from chains.taxonomy import Role
from tests.chains.cases import LATER, at, make_fact
from tests.chains.facts import keep, keep_vector_1
from tests.factory import LABOUR, PARK, SCIENCE, make_member, make_user

OCTOBER = Period.parse("2026-10")
KECHENG, JIANGSHAN = "330802", "330881"


@pytest.fixture
def december(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


def board(user, **query) -> "tuple[int, str]":
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user)
    page = client.get("/board/", query)
    return page.status_code, page.content.decode()


def shown(user, **query) -> str:
    status, page = board(user, period="2026-10", **query)
    assert status == 200
    return page


# Measures

NOT_IN_TIME = {"replied_at": at(10, 19, 17, 31)}
OPEN_AND_LATE = {"closed_at": None, "replied_at": None, "status": "signed"}
COUNTED = {Measure.FILED, Measure.CLOSED, Measure.CASES, Measure.RESPONSE, Measure.ON_TIME, Measure.FIRST_TIME}


@pytest.mark.parametrize(
    ("changes", "meant"),
    [
        ({}, COUNTED | {Measure.MISSED_RATED_SHARE}),
        (NOT_IN_TIME, COUNTED - {Measure.ON_TIME} | {Measure.MISSED_ON_TIME, Measure.MISSED_RATED_SHARE}),
        ({"solved": "partly"}, COUNTED | {Measure.MISSED_SOLVED, Measure.MISSED_RATED_SHARE}),
        ({"solved": "yes", "stars": 3}, COUNTED | {Measure.SOLVED, Measure.SATISFIED, Measure.RATED_SHARE}),
        (
            {"solved": "no", "stars": 2},
            COUNTED | {Measure.MISSED_SOLVED, Measure.MISSED_SATISFIED, Measure.RATED_SHARE},
        ),
        (
            {"redo_count": 1, "failed_leads": (LABOUR,)},
            COUNTED - {Measure.FIRST_TIME} | {Measure.MISSED_FIRST_TIME, Measure.MISSED_RATED_SHARE},
        ),
        ({"closed_at": None, "status": "declined"}, {Measure.FILED, Measure.DECLINED}),
        ({"counted": False}, set()),  # imported history
    ],
)
def test_an_appeal_counts_in_the_measures_it_belongs_to_and_in_no_other(changes, meant):
    fact = make_fact(**changes)
    assert {measure for measure in Measure if holds(measure, fact, OCTOBER, LATER)} == meant


def test_a_redo_counts_against_the_office_that_led_then():
    fact = make_fact(redo_count=1, failed_leads=(LABOUR,))  # another leads now
    assert not holds(Measure.MISSED_FIRST_TIME, fact, OCTOBER, LATER, Unit.DEPARTMENT)
    assert holds(Measure.MISSED_FIRST_TIME, fact, OCTOBER, LATER, Unit.CITY)


def test_the_appeals_of_a_measure_are_as_many_as_its_number():
    facts = [
        make_fact(),
        make_fact(**NOT_IN_TIME),
        make_fact(solved="yes", stars=5),
        make_fact(solved="no", stars=1),
        make_fact(**OPEN_AND_LATE),
        make_fact(status="declined", closed_at=None),
        make_fact(filed_at=at(9, 1), closed_at=at(9, 5)),
    ]
    found = summary(facts, OCTOBER, LATER, {})
    counted = {measure: sum(holds(measure, fact, OCTOBER, LATER) for fact in facts) for measure in Measure}
    for measure in (Measure.FILED, Measure.CLOSED, Measure.OPEN, Measure.OVERDUE, Measure.DECLINED):
        assert counted[measure] == getattr(found, measure.value)
    for measure in (Measure.RESPONSE, Measure.ON_TIME, Measure.FIRST_TIME):
        missed = counted[Measure(f"missed_{measure.value}")]
        assert counted[measure] + missed == counted[Measure.CASES]
        assert counted[measure] / counted[Measure.CASES] == pytest.approx(getattr(found, measure.value))


def test_every_number_of_the_board_says_what_it_counts():
    assert set(DEFINITIONS) == {measure for measure in Measure if not measure.value.startswith("missed_")}


# Whose numbers

EVERYTHING = (Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR, Role.SUPERVISOR, Role.LEADER)


@pytest.mark.django_db
@pytest.mark.parametrize("role", EVERYTHING)
def test_the_centre_supervisors_and_leaders_see_all(role, december):
    keep()
    keep(lead=LABOUR, district=JIANGSHAN)
    page = shown(make_user(role), by="department")
    assert "衢州市科学技术局" in page
    assert "衢州市人力资源和社会保障局" in page


@pytest.mark.django_db
def test_enterprises_and_who_holds_no_post_see_no_board(december):
    for user in (make_member(), make_user(), make_user(Role.SYSADMIN), make_user(Role.AUDITOR)):
        assert board(user)[0] == 403


@pytest.mark.django_db
def test_who_is_logged_out_signs_in():
    assert Client().get("/board/").status_code == 302
    assert Client().post("/board/").status_code == 302
    client = Client()
    client.force_login(make_user(Role.LEADER))
    assert client.post("/board/").status_code == 405


@pytest.mark.django_db
def test_a_handler_begins_with_the_own_office_and_may_look_at_the_citys_totals(december):
    for _ in range(3):
        keep()
    keep(lead=LABOUR)
    handler = make_user(Role.HANDLER, SCIENCE)
    assert tile(shown(handler), "Closed") == 3
    assert tile(shown(handler, department=""), "Closed") == 4
    assert "衢州市人力资源和社会保障局" not in shown(handler, department="", by="department")


@pytest.mark.django_db
def test_a_handler_sees_no_other_office_and_no_comparison_of_districts(december):
    keep(lead=LABOUR)
    handler = make_user(Role.HANDLER, SCIENCE)
    assert tile(shown(handler, department=LABOUR), "Closed") == 1  # not offered: the city's totals instead
    assert "By district" not in shown(handler)


@pytest.mark.django_db
def test_a_station_sees_its_park_only(december):
    keep(park=PARK)
    keep()
    assert tile(shown(make_user(Role.STATION, PARK)), "Closed") == 1


@pytest.mark.django_db
def test_appeals_that_complain_of_an_office_stand_in_a_line_of_their_own_but_for_leaders(december):
    keep(withheld=True)
    keep()
    assert "With a complained-of department" in shown(make_user(Role.TRIAGE), by="department")
    assert "With a complained-of department" not in shown(make_user(Role.LEADER), by="department")


# What it shows


def tile(page: str, name: str) -> int:
    found = re.search(rf'class="tile__name"[^>]*>{name}</a><p class="tile__value[^"]*">(\d+)</p>', page)
    return int(found.group(1))


@pytest.mark.django_db
def test_the_score_of_vector_1_stands_on_the_board(december):
    keep_vector_1()
    for _ in range(12):  # so that the city's mean is .95
        keep(lead=LABOUR, stars=5)
    page = shown(make_user(Role.LEADER), department=SCIENCE)
    assert '<p class="scoreboard__value">88.0</p>' in page
    assert "Of 20 cases" in page
    for value in ("95.0 %", "90.0 %", "81.2 %", "92.3 %"):
        assert value in page


@pytest.mark.django_db
def test_too_few_cases_are_said_to_be_too_few(december):
    keep()
    assert "too few cases" in shown(make_user(Role.LEADER))


@pytest.mark.django_db
def test_coupling_needs_five_cases_of_each_chain(december):
    leader = make_user(Role.LEADER)
    for chain in ("industry", "innovation", "talent", "capital"):
        for _ in range(5):
            keep(chain=chain, solved="yes", stars=5)
    assert "Too few cases, even over twelve months: Service chain" in " ".join(shown(leader).split())
    for _ in range(5):
        keep(chain="service", solved="no", stars=1)
    page = shown(leader)
    assert "Service chain</dd>" in page  # the weakest
    assert re.search(r"<title>Industry chain: 9\d\.\d</title>", page)


@pytest.mark.django_db
def test_offices_of_one_tier_are_ranked_with_each_other_only(december):
    for lead in (SCIENCE, "330802-KJJ"):
        for _ in range(5):
            keep(lead=lead, solved="yes", stars=5)
    page = shown(make_user(Role.LEADER), by="department")
    ranks = re.findall(r'<tr><td class="num">(\d+|–)</td><th scope="row">', page)
    assert ranks == ["1", "1"]


@pytest.mark.django_db
def test_the_table_is_sorted_by_the_column_one_chooses(december):
    keep(lead=SCIENCE)
    for _ in range(2):
        keep(lead=LABOUR)
    names = re.findall(r'<th scope="row"><a href="[^"]*">([^<]+)</a>', shown(make_user(Role.LEADER), sort="closed"))
    assert names.index("衢州市人力资源和社会保障局") < names.index("衢州市科学技术局")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", [{"period": "last year"}, {"by": "moon"}, {"chain": "x"}, {"sort": "'"}, {"district": "\0"}]
)
def test_a_value_that_is_none_is_left_out(query, december):
    assert board(make_user(Role.LEADER), **query)[0] == 200


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["department", "district", "chain", "topic", "industry", "level"])
def test_an_empty_board_is_a_board(by, december):
    page = shown(make_user(Role.LEADER), by=by)
    assert tile(page, "Filed") == 0
    assert "Nothing was filed or closed here in this period." in page


@pytest.mark.django_db
def test_the_board_asks_the_database_little(december, django_assert_max_num_queries):
    keep_vector_1()
    for user in (make_user(Role.LEADER), make_user(Role.HEAD, SCIENCE)):
        client = Client()
        client.force_login(user)
        client.get("/board/")
        for query in ({}, {"chain": "talent", "district": KECHENG}):
            with django_assert_max_num_queries(20):
                assert client.get("/board/", {"period": "2026-10", **query}).status_code == 200
