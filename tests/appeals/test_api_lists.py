import pytest

from appeals.models import Appeal
from appeals.states import Status
from tests.api import Api, assert_problem
from tests.factory import LABOUR, City, at, make_appeal

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    city = City()
    for day in range(5):
        make_appeal(Status.SIGNED, city=city, title=f"第{day}件", filed_at=at(9, 7 + day))
    return city


def titles(body):
    return [row["title"] for row in body["results"]]


def test_a_list_pages_by_cursor_in_both_directions(city):
    api = Api(city.handler)
    first = api.get("appeals/", page_size=2, status="signed").json()
    assert titles(first) == ["第4件", "第3件"]
    assert (first["count_capped"], first["previous"]) == (5, None)
    second = api.http.get(first["next"], headers=api.headers).json()
    assert titles(second) == ["第2件", "第1件"]
    assert titles(api.http.get(second["previous"], headers=api.headers).json()) == titles(first)
    third = api.http.get(second["next"], headers=api.headers).json()
    assert (titles(third), third["next"]) == (["第0件"], None)


def test_a_list_takes_few_queries_however_long(city, django_assert_max_num_queries):
    api, asked = Api(city.handler), {"lead": "科技局", "district": "衢州市", "topic": "N01"}
    api.get("appeals/", **asked)  # reads the taxonomy, once for each state of its rows
    with django_assert_max_num_queries(8):
        assert len(api.get("appeals/", **asked).json()["results"]) == 5


def test_a_line_is_read_as_the_case_is(city):
    case = Appeal.objects.first()
    (line,) = Api(city.handler).get("appeals/", q=case.number).json()["results"]
    state = Api(city.handler).get(f"appeals/{case.number}/").json()
    assert line == {name: state[name] for name in line}


def test_every_filter_of_the_document_is_answered(city):
    api = Api(city.triage)
    asked = {
        "status": "signed",
        "chain": "innovation",
        "topic": "N01",
        "lead": "科技局",
        "district": "衢州市",
        "level": "B",
        "urgent": "false",
        "source": "web",
        "handler": city.handler.username,
        "filed_from": "2026-09-01",
        "filed_to": "2026-09-30",
        "ordering": "due_by",
        "page_size": "200",
        "q": "材料",
        "overdue": "true",
        "light": "red,yellow,green",
        "cursor": "",
    }
    assert len(api.get("appeals/", **asked).json()["results"]) == 5


def test_a_measure_leads_to_its_appeals(city):
    api = Api(city.triage)
    found = api.get("appeals/", measure="filed", period="2026-09", of="chain", unit="innovation").json()
    assert len(found["results"]) == 5
    assert api.get("appeals/", measure="closed", period="2026-09").json()["results"] == []
    assert_problem(api.get("appeals/", measure="luck"), 400, "measure")
    assert_problem(Api(city.member).get("appeals/", measure="filed", period="2026-09"), 403)
    of_another_office = {"measure": "filed", "period": "2026-09", "of": "department", "unit": LABOUR}
    assert_problem(Api(city.handler).get("appeals/", **of_another_office), 403)


WRONG = (
    ({"status": "x"}, "status"),
    ({"page_size": "0"}, "page_size"),
    ({"page_size": "201"}, "page_size"),
    ({"page_size": "x"}, "page_size"),
    ({"page_size": "9" * 50}, "page_size"),
    ({"ordering": "title"}, "ordering"),
    ({"cursor": "x"}, "cursor"),
    ({"district": "火星区"}, "district"),
    ({"filed_from": "gestern"}, "filed_from"),
    ({"q": "\x00"}, "q"),
)


@pytest.mark.parametrize(("params", "field"), WRONG)
def test_an_unknown_value_is_an_error_at_its_parameter(params, field):
    assert_problem(Api(City().triage).get("appeals/", **params), 400, field)
