import pytest

from chains.taxonomy import Role
from tests.api import Api, assert_problem
from tests.factory import SCIENCE, make_member, make_user

pytestmark = pytest.mark.django_db

TEXT = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？"}
KEYS = {"topic", "chain", "confidence", "auto", "urgent", "out_of_scope", "nature", "complained_of", "alternatives"}


@pytest.fixture
def staff():
    return Api(make_user(Role.HANDLER, SCIENCE))


def test_a_text_is_classified_with_five_alternatives(staff):
    body = staff.post("classify/", TEXT | {"unknown": 1}).json()
    assert set(body) >= KEYS
    assert body["topic"] == {"code": "N01", "name": "高企/科技型中小/专精特新认定"}
    assert (body["chain"], body["nature"]) == ("innovation", "consult")
    assert not body["urgent"] and not body["out_of_scope"] and body["complained_of"] is None
    assert len(body["alternatives"]) == 5
    assert body["alternatives"][0]["topic"] == body["topic"]
    sure = [found["confidence"] for found in body["alternatives"]]
    assert sure == sorted(sure, reverse=True) and 0 <= sure[0] <= 1


def test_an_office_that_is_complained_of_is_named(staff):
    text = {"title": "投诉市科技局办事推诿", "description": "我们去衢州市科学技术局办事，工作人员互相推诿，不作为。"}
    body = staff.post("classify/", text).json()
    assert body["complained_of"] == {"code": SCIENCE, "name": "衢州市科学技术局"}
    assert not body["auto"]


def test_classifying_is_for_staff():
    assert_problem(Api(make_member()).post("classify/", TEXT), 403)
    assert_problem(Api(make_user(Role.CHANNEL)).post("classify/", TEXT), 403)


FAULTS = (
    ({"title": "", "description": ""}, "title"),
    ({"title": "长" * 81}, "title"),
    ({"description": "x" * 100_000}, "description"),
    ({"title": ["a"]}, "title"),
    ({"district": "火星区"}, "district"),
    ({"district": "\x00"}, "district"),
    ({"industry": 5}, "industry"),
)


@pytest.mark.parametrize(("change", "field"), FAULTS)
def test_bad_texts_are_named_at_their_field(staff, change, field):
    assert_problem(staff.post("classify/", TEXT | change), 400, field)


def test_workdays_know_holidays_and_make_up_saturdays():
    body = Api(make_member()).get("workdays/", **{"from": "2026-10-01", "to": "2026-10-11"}).json()
    days = {day["date"]: day for day in body["results"]}
    assert [date[-2:] for date, day in days.items() if day["is_workday"]] == ["08", "09", "10"]
    assert days["2026-10-10"]["hours"] == [["08:30", "12:00"], ["14:00", "17:30"]]
    assert days["2026-10-01"]["name"] and not days["2026-10-01"]["hours"]
    assert not days["2026-10-01"]["provisional"]


def test_days_beyond_the_announced_years_are_provisional():
    (day,) = Api(make_member()).get("workdays/", **{"from": "2027-03-01", "to": "2027-03-01"}).json()["results"]
    assert day["provisional"] and day["is_workday"]


@pytest.mark.parametrize(
    "span",
    [
        {"from": "x"},
        {"from": "2026-10-02", "to": "2026-10-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"from": "0001-01-01"},
        {"from": "9999-12-31"},
    ],
)
def test_a_span_of_days_that_is_none_is_refused(span):
    assert_problem(Api(make_member()).get("workdays/", **span), 400, "from")


PREVIEWS = (
    # level, urgent, start → sign, contact, resolve
    ("B", False, "09-07T09:00:00+08:00", "09-08T17:30", "09-08T17:30", "09-14T17:30"),
    ("A", False, "09-07T09:00:00+08:00", "09-07T15:00", "09-07T16:00", "09-10T17:30"),
    ("S", False, "09-30T16:00:00+08:00", "10-08T09:00", "10-08T09:00", "10-08T17:30"),  # National Day between
    ("B", True, "09-07T23:00:00+08:00", "09-07T23:30", "09-08T00:00", "09-14T17:30"),
    ("B", False, "09-07T01:00:00Z", "09-08T17:30", "09-08T17:30", "09-14T17:30"),
)


@pytest.mark.parametrize(("level", "urgent", "start", "sign", "contact", "resolve"), PREVIEWS)
def test_limits_can_be_previewed(level, urgent, start, sign, contact, resolve):
    sent = {"level": level, "urgent": urgent, "start": f"2026-{start}"}
    assert Api(make_member()).post("deadlines/preview/", sent).json() == {
        "sign_by": f"2026-{sign}:00+08:00",
        "contact_by": f"2026-{contact}:00+08:00",
        "resolve_by": f"2026-{resolve}:00+08:00",
        "provisional": False,
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"level": "E"}, "level"),
        ({"level": None}, "level"),
        ({"urgent": "perhaps"}, "urgent"),
        ({"start": "today"}, "start"),
        ({"start": "0001-01-01T00:00:00Z"}, "start"),
        ({"start": "9999-12-31T23:59:59-10:00"}, "start"),
        ({"start": "2035-12-31T10:00:00+08:00"}, "start"),
    ],
)
def test_a_preview_names_what_is_wrong(change, field):
    sent = {"level": "B", "urgent": False, "start": "2026-09-07T09:00:00+08:00"} | change
    assert_problem(Api(make_member()).post("deadlines/preview/", sent), 400, field)
