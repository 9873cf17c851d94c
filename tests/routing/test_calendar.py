"""The calendar and the limits as officers keep them: rows that count from the next look."""

from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from chains.freshness import forget
from routing.calendar import known_years, load_year, policy, special_days, workdays
from routing.deadlines import ClockKind, Span, Unit
from routing.models import CalendarYear, LimitPolicy, SpecialDay, WorkingSpan
from tests.factory import SCIENCE, at, make_appeal
from tests.routing.calendar2026 import STATE

pytestmark = pytest.mark.django_db


def test_the_rows_say_what_the_state_council_announced():
    table = workdays()
    assert table.announced == {2024, 2025, 2026}
    assert table.special == STATE.special
    assert table.hours == STATE.hours


def test_a_year_is_loaded_again_without_a_change():
    assert load_year(2026, now=at(1, 1)) == 0
    assert SpecialDay.objects.of_year(2026).count() == len(special_days(2026))


def test_loading_mends_what_an_officer_changed_by_mistake():
    SpecialDay.objects.filter(day=date(2026, 10, 1)).update(is_workday=True)
    SpecialDay.objects.filter(day=date(2026, 10, 2)).delete()
    assert load_year(2026, now=at(1, 1)) == 2
    table = workdays()
    assert not table.is_workday(date(2026, 10, 1))
    assert not table.is_workday(date(2026, 10, 2))


def test_loading_leaves_what_an_officer_added():
    typhoon = SpecialDay.objects.create(day=date(2026, 9, 14), is_workday=False, name="台风停工")
    assert load_year(2026, now=at(1, 1)) == 0
    assert SpecialDay.objects.filter(pk=typhoon.pk).exists()


def test_loading_takes_back_what_a_later_notice_leaves_out():
    SpecialDay.objects.create(day=date(2026, 9, 14), is_workday=False, name="旧通知", by_notice=True)
    assert load_year(2026, now=at(1, 1)) == 1
    assert workdays().is_workday(date(2026, 9, 14))


def test_the_rows_of_one_department_are_not_the_citys():
    SpecialDay.objects.create(day=date(2026, 9, 8), is_workday=False, name="本局集训", department_id=SCIENCE)
    WorkingSpan.objects.create(opens=480, closes=960, department_id=SCIENCE)
    forget()
    assert workdays().is_workday(date(2026, 9, 8))
    assert workdays().hours == STATE.hours
    load_year(2026, now=at(1, 1))
    assert SpecialDay.objects.filter(department=SCIENCE).exists(), "and the State Council's do not touch them"


def test_an_unknown_year_is_refused_and_the_known_ones_before_it_are_not_loaded():
    CalendarYear.objects.all().delete()
    with pytest.raises(CommandError, match="2099"):
        call_command("load_workdays", "2026", "2099")
    assert not CalendarYear.objects.exists()
    with pytest.raises(KeyError):
        load_year(2099, now=at(1, 1))


def test_the_command_loads_years_and_says_so(capsys):
    CalendarYear.objects.filter(year=2025).delete()
    SpecialDay.objects.of_year(2025).delete()
    call_command("load_workdays", "2025")
    assert f"2025: {len(special_days(2025))} days changed" in capsys.readouterr().out
    assert workdays().announced == {2024, 2025, 2026}
    assert 2026 in known_years()


def test_a_holiday_newly_announced_counts_from_the_next_look():
    SpecialDay.objects.create(day=date(2026, 9, 14), is_workday=False, name="台风")
    forget()
    assert make_appeal("dispatched").resolve_by == at(9, 15, 17, 30)


def test_new_hours_count_from_the_next_look():
    WorkingSpan.objects.create(opens=540, closes=1020)
    forget()
    assert make_appeal("dispatched").resolve_by == at(9, 14, 17)


def test_a_limit_changes_from_its_day_on():
    LimitPolicy.objects.create(clock="resolve", level="B", amount=7, unit="workdays", valid_from=date(2026, 10, 1))
    LimitPolicy.objects.create(clock="resolve", level="B", amount=3, unit="workdays", valid_from=date(2026, 11, 1))
    forget()
    spans = [policy(at(month, day)).span(ClockKind.RESOLVE, "B", urgent=False) for month, day in _MOMENTS]
    assert spans == [Span(days, Unit.WORKDAYS) for days in (5, 7, 7, 3)]


_MOMENTS = [(9, 30), (10, 1), (10, 31), (11, 1)]


def test_limits_of_urgent_appeals_have_rows_of_their_own():
    LimitPolicy.objects.create(clock="sign", urgent=True, amount=20, unit="clock", valid_from=date(2026, 1, 1))
    forget()
    assert policy(at(9, 7)).span(ClockKind.SIGN, "B", urgent=True) == Span(20, Unit.CLOCK)
    assert policy(at(9, 7)).span(ClockKind.SIGN, "B", urgent=False) == Span(1, Unit.WORKDAYS)


def test_a_changed_limit_touches_new_clocks_only():
    old = make_appeal("dispatched")
    LimitPolicy.objects.create(clock="resolve", level="B", amount=7, unit="workdays", valid_from=date(2026, 9, 1))
    forget()
    assert make_appeal("dispatched").resolve_by == at(9, 16, 17, 30)
    old.refresh_from_db()
    assert old.resolve_by == at(9, 14, 17, 30)


def test_calendar_and_limits_are_read_once_for_each_state_of_their_rows(django_assert_num_queries):
    workdays(), policy(at(9, 7))
    with django_assert_num_queries(0):
        assert workdays() is workdays()
        policy(at(9, 7, 17))
