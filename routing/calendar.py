"""The calendar and the limits as officers keep them: rows to values, and a year of the State Council to rows."""

from datetime import date, datetime
from functools import lru_cache

import chinese_calendar
from chinese_calendar import constants
from django.db import transaction
from django.utils import timezone

from chains.freshness import forget, state_of
from routing.deadlines import DEFAULT_POLICY, Extension, Policy, Span, Unit
from routing.models import CalendarYear, LimitPolicy, RungPolicy, SpecialDay, WorkingSpan
from routing.workdays import OFFICE_HOURS, Workdays

_CALENDAR = (CalendarYear, SpecialDay, WorkingSpan)


def workdays() -> Workdays:
    """The city's calendar; built once for each state of its rows."""
    return _built(state_of(*_CALENDAR))


def policy(at: datetime) -> Policy:
    """The limits and rungs in force on the day of `at`; the table of product.md §5 where no row changes it."""
    return _policy(state_of(LimitPolicy, RungPolicy), timezone.localdate(at))


@lru_cache(maxsize=2)
def _built(state: tuple) -> Workdays:
    years = frozenset(CalendarYear.objects.values_list("year", flat=True))
    days = SpecialDay.objects.everywhere().values_list("day", "is_workday")
    hours = tuple(WorkingSpan.objects.everywhere().values_list("opens", "closes")) or OFFICE_HOURS
    return Workdays(special=dict(days), announced=years, hours=hours)


@lru_cache(maxsize=64)
def _policy(state: tuple, today: date) -> Policy:
    by_level, urgent = dict(DEFAULT_POLICY.by_level), dict(DEFAULT_POLICY.urgent)
    extensions = dict(DEFAULT_POLICY.extensions)
    for row in LimitPolicy.objects.in_force(today):
        span = Span(row.amount, Unit(row.unit))
        if row.urgent:
            urgent[row.clock] = span
        else:
            by_level[row.clock, row.level] = span
        if row.extension_days is not None and row.approver:
            extensions[row.level] = Extension(row.extension_days, row.approver)
    changed = {(row.clock, row.rung): row.step for row in RungPolicy.objects.in_force(today)}
    return Policy(by_level, urgent, extensions, {**DEFAULT_POLICY.rungs, **changed})


def known_years() -> list[int]:
    """The years whose notice of the State Council the calendar library carries."""
    return sorted({day.year for day in constants.holidays})


def special_days(year: int) -> dict[date, tuple[bool, str]]:
    """Holidays and make-up workdays of `year`: day → (is a workday, name). Raises KeyError for an unknown year."""
    if year not in known_years():
        raise KeyError(year)
    off = {day: (False, name) for day, name in constants.holidays.items() if day.year == year}
    made_up = {day: (True, name) for day, name in constants.workdays.items() if day.year == year}
    return off | made_up


@transaction.atomic
def load_year(year: int, *, now: datetime) -> int:
    """Write the announced days of `year`; re-runnable. Returns how many rows it changed. Raises KeyError."""
    wanted = special_days(year)
    present = {row.day: row for row in SpecialDay.objects.everywhere().of_year(year)}
    changed = [
        SpecialDay(day=day, is_workday=is_workday, name=name)
        for day, (is_workday, name) in wanted.items()
        if day not in present or (present[day].is_workday, present[day].name) != (is_workday, name)
    ]
    stale = [row.pk for day, row in present.items() if day not in wanted]
    replaced = [present[row.day].pk for row in changed if row.day in present]
    SpecialDay.objects.filter(pk__in=stale + replaced).delete()
    SpecialDay.objects.bulk_create(changed)
    CalendarYear.objects.update_or_create(
        year=year,
        defaults={
            "loaded_at": now,
            "source": f"国务院办公厅放假通知 {year} (chinesecalendar {chinese_calendar.__version__})",
        },
    )
    forget()
    return len(changed) + len(stale)
