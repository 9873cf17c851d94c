"""The calendar and the limits in the administration: clear errors, a line in the audit, clocks that follow."""

from datetime import date

import pytest
from django.urls import reverse

from appeals.models import LimitRun
from appeals.states import Status
from chains.freshness import forget
from chains.models import Audit, User
from chains.taxonomy import Role
from routing.calendar import workdays
from routing.models import CalendarYear, LimitPolicy, SpecialDay, WorkingSpan
from tests.appeals.pages import signed_in
from tests.factory import SCIENCE, lately, make_appeal, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

DAY = date(2026, 12, 24)


@pytest.fixture
def browser():
    user = make_user(Role.SYSADMIN)
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    return signed_in(user)


def add(browser, model, values, spans=()):
    sent = {"spans-TOTAL_FORMS": len(spans), "spans-INITIAL_FORMS": 0} | values
    for place, (opens, closes) in enumerate(spans):
        sent |= {f"spans-{place}-opens": opens, f"spans-{place}-closes": closes}
    return browser.post(reverse(f"admin:routing_{model}_add"), sent, headers={"accept-language": "en"})


def day(**changed):
    return {"day": DAY.isoformat(), "is_workday": "on", "name": "提前下班", "department": ""} | changed


def test_a_short_day_is_written_with_its_hours(browser):
    assert add(browser, "specialday", day(), [("08:30", "12:00")]).status_code == 302
    forget()
    assert workdays().spans(DAY) == ((510, 720),)
    assert Audit.objects.newest().first().data["model"] == "routing.specialday"


def test_a_day_of_one_office_is_not_the_citys(browser):
    assert add(browser, "specialday", day(is_workday="", department=SCIENCE)).status_code == 302
    forget()
    assert workdays().is_workday(DAY)
    assert not workdays(SCIENCE).is_workday(DAY)


@pytest.mark.parametrize(
    ("values", "spans"),
    [
        ({}, [("08:30", "12:00"), ("11:00", "13:00")]),  # they overlap
        ({}, [("12:00", "08:30")]),  # ends before it begins
        ({}, [("08:30", "24:30")]),  # outside the day
        ({}, [("morning", "12:00")]),  # no time at all
        ({"is_workday": ""}, [("08:30", "12:00")]),  # a day off has none
        ({"day": "2026-10-01"}, []),  # named already
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(browser, values, spans):
    before = SpecialDay.objects.count()
    found = add(browser, "specialday", day(**values), spans)
    assert found.status_code == 200
    assert found.context["errors"]
    assert SpecialDay.objects.count() == before
    assert not WorkingSpan.objects.exists()


def test_hours_of_an_office_do_not_overlap(browser):
    own = {"department": SCIENCE}
    assert add(browser, "workingspan", {"opens": "09:00", "closes": "12:00", **own}).status_code == 302
    assert add(browser, "workingspan", {"opens": "11:00", "closes": "17:00", **own}).status_code == 200
    assert add(browser, "workingspan", {"opens": "13:00", "closes": "24:00", **own}).status_code == 302
    forget()
    assert workdays(SCIENCE).hours == ((540, 720), (780, 1440))


def test_a_year_is_announced_by_hand_where_the_library_is_older(browser):
    assert add(browser, "calendaryear", {"year": 2027, "source": "国办发明电〔2026〕7号"}).status_code == 302
    assert CalendarYear.objects.get(year=2027).loaded_at
    forget()
    assert 2027 in workdays().announced


def test_a_limit_is_previewed_and_applied_when_confirmed(browser):
    make_appeal(Status.DISPATCHED, filed_at=lately())
    row = LimitPolicy.objects.create(clock="resolve", level="B", amount=9, unit="workdays", valid_from=date(2026, 1, 1))
    sent = {"action": "apply", "_selected_action": row.pk}
    page = browser.post(reverse("admin:routing_limitpolicy_changelist"), sent)
    assert (page.context["preview"].appeals, page.context["preview"].overdue) == (1, 0)
    assert not LimitRun.objects.exists()
    browser.post(reverse("admin:routing_limitpolicy_changelist"), sent | {"confirmed": "yes"})
    assert LimitRun.objects.get().policy == row
