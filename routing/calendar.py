"""The calendar and the limits as officers keep them: rows to values, and a year of the State Council to rows."""

import time
from datetime import date, datetime
from functools import lru_cache

import chinese_calendar
from chinese_calendar import constants
from django.db import connection, transaction
from django.utils import timezone

from routing.deadlines import DEFAULT_POLICY, Policy, Span, Unit
from routing.models import CalendarYear, LimitPolicy, SpecialDay, WorkingSpan
from routing.workdays import OFFICE_HOURS, Workdays

# How long a process may go on with the rules it has read; each step asks several times.
_FRESH_FOR = 5.0  # seconds


def workdays() -> Workdays:
    """The city's calendar; built once for each state of its rows."""
    return _built(_fingerprint(_window()))


def policy(at: datetime) -> Policy:
    """The limits in force on the day of `at`; the table of product.md §5 where no row changes it."""
    return _policy(_fingerprint(_window()), timezone.localdate(at))


def forget() -> None:
    """Read the rows anew at the next call: somebody has just changed them here."""
    _fingerprint.cache_clear()


def _window() -> int:
    return int(time.monotonic() / _FRESH_FOR)


@lru_cache(maxsize=1)
def _fingerprint(window: int) -> tuple:
    """Changes with any change of a row that the calendar or the limits are made of."""
    tables = (CalendarYear, SpecialDay, WorkingSpan, LimitPolicy)
    sums = (f"(SELECT sum(hashtextextended(t::text, 0)) FROM {m._meta.db_table} t)" for m in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sums)}")
        return cursor.fetchone()


@lru_cache(maxsize=2)
def _built(fingerprint: tuple) -> Workdays:
    years = frozenset(CalendarYear.objects.values_list("year", flat=True))
    days = SpecialDay.objects.everywhere().values_list("day", "is_workday")
    hours = tuple(WorkingSpan.objects.everywhere().values_list("opens", "closes")) or OFFICE_HOURS
    return Workdays(special=dict(days), announced=years, hours=hours)


@lru_cache(maxsize=64)
def _policy(fingerprint: tuple, today: date) -> Policy:
    by_level, urgent = dict(DEFAULT_POLICY.by_level), dict(DEFAULT_POLICY.urgent)
    for row in LimitPolicy.objects.in_force(today):
        span = Span(row.amount, Unit(row.unit))
        if row.urgent:
            urgent[row.clock] = span
        else:
            by_level[row.clock, row.level] = span
    return Policy(by_level, urgent)


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
