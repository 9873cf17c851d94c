"""The calendar and the limits as officers keep them: rows to values, and a year of the State Council to rows."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain

import chinese_calendar
from celery import current_app
from chinese_calendar import constants
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from chains.freshness import forget, state_of
from routing.deadlines import DEFAULT_POLICY, Extension, Policy, Span, Unit
from routing.models import CalendarYear, LimitPolicy, RungPolicy, SpecialDay, WorkingSpan
from routing.workdays import OFFICE_HOURS, Workdays
from routing.workdays import Span as Minutes

CALENDAR = (CalendarYear, SpecialDay, WorkingSpan)


def workdays(office: str | None = None) -> Workdays:
    """The calendar of `office`, else the city's; built once for each state of its rows."""
    state = state_of(*CALENDAR)
    return _built(state, office if office and office in _rows(state) else "")


def state() -> str:
    """A value that changes with every change of the calendar, read afresh."""
    forget()
    return " ".join(map(str, state_of(*CALENDAR)))


def policy(at: datetime) -> Policy:
    """The limits and rungs in force on the day of `at`; the table of product.md §5 where no row changes it."""
    state, day = state_of(LimitPolicy, RungPolicy), timezone.localdate(at)
    # The same from one change to the next: read once, however many days clocks were begun on.
    return _policy(state, max((since for since in _changes(state) if since <= day), default=date.min))


@lru_cache(maxsize=2)
def _changes(state: tuple) -> frozenset[date]:
    """The days from which some limit or rung is in force."""
    days = (model.objects.values_list("valid_from", flat=True) for model in (LimitPolicy, RungPolicy))
    return frozenset(chain.from_iterable(days))


@dataclass
class _Own:
    """The rows of one office, or of the city."""

    special: dict[date, bool | tuple[Minutes, ...]] = field(default_factory=dict)
    hours: list[Minutes] = field(default_factory=list)


@lru_cache(maxsize=2)
def _rows(state: tuple) -> dict[str, _Own]:
    """By office, "" being the city; whoever has no rows of its own is not there."""
    found, short = defaultdict(_Own), defaultdict(list)
    for day, opens, closes in WorkingSpan.objects.of_days().values_list("special_day", "opens", "closes"):
        short[day].append((opens, closes))
    for pk, day, is_workday, office in SpecialDay.objects.values_list("pk", "day", "is_workday", "department"):
        found[office or ""].special[day] = tuple(short[pk]) if is_workday and pk in short else is_workday
    for opens, closes, office in WorkingSpan.objects.usual().values_list("opens", "closes", "department"):
        found[office or ""].hours.append((opens, closes))
    return dict(found)


@lru_cache(maxsize=128)
def _built(state: tuple, office: str) -> Workdays:
    """Days and hours of an office stand before those of the city."""
    rows = _rows(state)
    city, own = rows.get("", _Own()), rows.get(office, _Own())
    hours = tuple(own.hours or city.hours) or OFFICE_HOURS
    return Workdays(special=city.special | own.special, announced=_years(state), hours=hours)


@lru_cache(maxsize=2)
def _years(state: tuple) -> frozenset[int]:
    return frozenset(CalendarYear.objects.values_list("year", flat=True))


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
    """Write the announced days of `year`; re-runnable, what officers added stays. Returns how many rows it changed.

    The clocks that run follow once this is committed. Raises KeyError for a year that nobody has announced.
    """
    wanted = special_days(year)
    present = {row.day: row for row in SpecialDay.objects.everywhere().of_year(year)}
    changed = [
        SpecialDay(day=day, is_workday=is_workday, name=name, by_notice=True)
        for day, (is_workday, name) in wanted.items()
        if day not in present or (present[day].is_workday, present[day].name) != (is_workday, name)
    ]
    stale = [row.pk for day, row in present.items() if row.by_notice and day not in wanted]
    SpecialDay.objects.filter(pk__in=stale).delete()
    SpecialDay.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["day", "department"],
        update_fields=["is_workday", "name", "by_notice"],
    )
    source = f"国务院办公厅放假通知 {year} (chinesecalendar {chinese_calendar.__version__})"
    is_new = not CalendarYear.objects.filter(year=year).exists()
    if is_new or changed or stale:
        CalendarYear.objects.update_or_create(year=year, defaults={"loaded_at": now, "source": source})
    has_changed()
    return len(changed) + len(stale)


def has_changed() -> None:
    """Rows of the calendar were written: look afresh, and let the running clocks follow once that is committed."""
    forget()
    transaction.on_commit(_wake)


def _wake():
    """With the broker down, the beat after its return does it."""
    forget()
    try:
        current_app.send_task("appeals.tasks.follow_calendar", retry=False)
    except (RedisError, BrokerError):
        return


WARNED_AHEAD = 60  # days before the last announced year ends


def runs_out_in(today: date) -> int | None:
    """Days until the last announced year has ended, 0 and less: nobody knows the workdays of today. None: no year."""
    last = max(workdays().announced, default=None)
    return None if last is None else (date(last, 12, 31) - today).days
