from datetime import timedelta

import pytest
from django.http import QueryDict

from appeals import lights
from appeals.listing import Filters, shining
from appeals.models import Appeal
from appeals.states import Actor, Refused, Status, Why
from chains.models import District
from routing.deadlines import Light
from tests.factory import LABOUR, City, at, make_appeal

pytestmark = pytest.mark.django_db

NOW = at(9, 9, 12)
HOUR, LATER, EARLIER = timedelta(hours=1), NOW + timedelta(hours=1), NOW - timedelta(hours=1)
RUNNING = (
    {"due_by": None, "yellow_at": None},
    {"due_by": LATER, "yellow_at": None},
    {"due_by": LATER, "yellow_at": LATER},
    {"due_by": LATER, "yellow_at": NOW},
    {"due_by": LATER, "yellow_at": EARLIER},
    {"due_by": NOW, "yellow_at": EARLIER},
    {"due_by": EARLIER, "yellow_at": None},
    {"due_by": EARLIER, "yellow_at": LATER},
)
ANSWERED = ({"resolve_by": None}, {"resolve_by": LATER}, {"resolve_by": NOW}, {"resolve_by": EARLIER})


def test_the_light_of_a_list_is_the_light_of_the_case():
    city = City()
    cases = {status: make_appeal(status, city=city) for status in (Status.SIGNED, Status.VISITING, Status.CLOSED)}
    others = [make_appeal(status, city=city) for status in (Status.TRIAGE, Status.REPLIED, Status.DECLINED)]
    table = [(case.pk, limits) for case in (cases[Status.SIGNED], *others) for limits in RUNNING]
    table += [(case.pk, {"replied_at": NOW, **limits}) for case in list(cases.values())[1:] for limits in ANSWERED]
    table += [(cases[Status.SIGNED].pk, {"status": Status.PARKED, **limits}) for limits in RUNNING]
    for pk, limits in table:
        Appeal.objects.filter(pk=pk).update(**limits)
        case = Appeal.objects.get(pk=pk)
        shown = [light for light in Light if Appeal.objects.filter(shining(light, NOW), pk=pk).exists()]
        assert shown == [lights.light_of(case, NOW)], (case.status, limits)


def found(query, *, by=None, now=NOW):
    filters = Filters.parse(QueryDict(query), by=by or Actor(user_id=0), now=now)
    return "".join(sorted(Appeal.objects.narrowed(filters).values_list("title", flat=True)))


@pytest.fixture
def city():
    """甲 in progress and urgent, 乙 in triage, 丙 closed in August at another office."""
    city = City()
    district = District.objects.get(name="柯城区")
    make_appeal(Status.SIGNED, city=city, title="甲", filed_at=at(9, 7), urgent=True, district=district)
    make_appeal(Status.TRIAGE, city=city, title="乙", filed_at=at(9, 8))
    make_appeal(Status.CLOSED, city=city, title="丙", filed_at=at(8, 3), topic="C01", lead=LABOUR, level="A")
    return city


TABLE = (
    ("", "丙乙甲"),
    ("status=triage", "乙"),
    ("status=triage,signed", "乙甲"),
    ("status=triage&status=closed", "丙乙"),
    ("status=", "丙乙甲"),
    ("chain=capital", "丙"),
    ("topic=C01", "丙"),
    ("topic=银行信贷·续贷·抽断贷", "丙"),
    ("lead=330800-RSJ", "丙"),
    ("lead=人社局,科技局", "丙甲"),
    ("district=330802", "甲"),
    ("district=柯城区", "甲"),
    ("district=衢州市", "丙乙"),
    ("industry=NEWMAT", ""),
    ("park=ZZXC-GWH", ""),
    ("level=A", "丙"),
    ("urgent=true", "甲"),
    ("urgent=false", "丙乙"),
    ("source=web", "丙乙甲"),
    ("light=met", "丙"),
    ("light=met,green,yellow,red", "丙乙甲"),
    ("overdue=false", "丙乙甲"),
    ("handler=me", ""),
    ("handler=none", "乙"),
    ("q=企业试验", ""),
    ("q=试验", "丙乙甲"),
    ("filed_from=2026-09-07", "乙甲"),
    ("filed_to=2026-09-07", "丙甲"),
    ("filed_from=2026-09-07T09:00:00%2B08:00&filed_to=2026-09-07T09:00:00%2B08:00", "甲"),
    ("closed_from=2026-08-03", "丙"),
    ("closed_to=2026-08-02", ""),
    ("status=triage&urgent=true", ""),
    ("page_size=3", "丙乙甲"),  # not a filter: left alone
)


def test_filters_pick(city):
    assert {query: found(query) for query, _titles in TABLE} == dict(TABLE)


def test_overdue_is_past_the_limit_of_resolving_without_a_reply(city):
    assert found("overdue=true") == ""
    assert found("overdue=true", now=at(10, 20)) == "甲"
    assert found("overdue=false", now=at(10, 20)) == "丙乙"


def test_my_cases_are_those_i_handle(city):
    assert found("handler=me", by=Actor(user_id=city.handler.pk)) == "甲"
    assert found(f"handler={city.handler.username}") == "甲"


def test_an_anonymous_appeal_is_not_found_by_its_enterprise(city):
    Appeal.objects.filter(title="甲").update(anonymous=True)
    assert found("q=试验") == "丙乙"


WRONG = (
    "status=done",
    "status=triage,done",
    "chain=工业链",
    "topic=X99",
    "lead=没有的局",
    "district=%00",
    "district=" + "1" * 200,
    "industry=%F0%9F%98%80",
    "level=E",
    "nature=x",
    "urgent=yes",
    "urgent=true&urgent=false",
    "source=fax",
    "light=blue",
    "overdue=1",
    "handler=%00",
    "q=%00",
    "q=甲",
    "q=" + "长" * 101,
    "filed_from=yesterday",
    "filed_from=2026-02-30",
    "filed_to=0001-01-01",
    "closed_to=9999-12-31",
    "closed_from=2026-09-07T25:00:00",
    "lead=" + ",".join(["330800-RSJ"] * 11),
)


@pytest.mark.parametrize("query", WRONG)
def test_an_unknown_value_is_an_error_at_its_filter(query):
    with pytest.raises(Refused) as refused:
        found(query)
    assert refused.value.why == Why.INVALID
    assert list(refused.value.errors) == [query.split("=")[0]]
