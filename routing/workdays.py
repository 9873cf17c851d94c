"""Working time (工作时间): spans of the day, holidays and make-up Saturdays, as arithmetic over a table of days.

All moments are aware; results are in the calendar's own zone. Working minutes are whole: of both ends of a stretch the
seconds are dropped, so every limit falls on a full minute.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE_HOURS = ((510, 720), (840, 1050))  # 08:30–12:00, 14:00–17:30, in minutes after midnight
_DAY = timedelta(days=1)
Span = tuple[int, int]


def _expected_workday(day: date) -> bool:
    """A guess for a year not yet announced: Monday to Friday but for the days that are holidays in every year."""
    fixed = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}  # 全国年节及纪念日放假办法 §2
    return day.weekday() < 5 and (day.month, day.day) not in fixed


@dataclass(frozen=True)
class Workdays:
    """A calendar of working time from `first` to `last` (both included).

    `special` overrides the weekday: True a workday, False none, or the spans of a short day. `announced` are the years
    whose workdays are known; every other year is expected only, and limits in it are provisional (product.md §5).
    Raises ValueError for an empty calendar or spans that overlap or leave the day.
    """

    special: Mapping[date, bool | Sequence[Span]]
    announced: frozenset[int]
    hours: Sequence[Span] = OFFICE_HOURS
    first: date = date(2004, 1, 1)
    last: date = date(2035, 12, 31)
    zone: ZoneInfo = SHANGHAI

    def __post_init__(self):
        for spans in (self.hours, *(spans for spans in self.special.values() if not isinstance(spans, bool))):
            check_spans(spans)
        if not self._ends or self._ends[-1] == 0:
            raise ValueError("a calendar needs working time")

    def is_workday(self, day: date) -> bool:
        return bool(self.spans(day))

    def spans(self, day: date) -> Sequence[Span]:
        """The working spans of `day`, in minutes after midnight; empty on a day off."""
        named = self.special.get(day)
        if named is None:
            in_announced_year = day.year in self.announced
            named = day.weekday() < 5 if in_announced_year else _expected_workday(day)
        if isinstance(named, bool):
            return self.hours if named else ()
        return named

    def is_open(self, moment: datetime) -> bool:
        """Whether `moment` lies in working time; its end does not."""
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(opens <= minute < closes for opens, closes in self.spans(local.date()))

    @cached_property
    def _table(self) -> tuple[list[int], list[int], list[int]]:
        """Starts and ends of every span (minutes since `first`), and the working minutes up to each end."""
        starts, ends, totals, total = [], [], [], 0
        for offset in range((self.last - self.first).days + 1):
            for opens, closes in self.spans(self.first + offset * _DAY):
                total += closes - opens
                starts.append(offset * 1440 + opens)
                ends.append(offset * 1440 + closes)
                totals.append(total)
        return starts, ends, totals

    @cached_property
    def _days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [day for day in (self.first + n * _DAY for n in range(count)) if self.is_workday(day)]

    @property
    def _ends(self) -> list[int]:
        return self._table[2]

    def _minute(self, moment: datetime) -> int:
        local = moment.astimezone(self.zone)
        if not self.first <= local.date() <= self.last:
            raise ValueError(f"{local.date()} lies outside the calendar {self.first} to {self.last}")
        return (local.date() - self.first).days * 1440 + local.hour * 60 + local.minute

    def _moment(self, minute: int) -> datetime:
        days, rest = divmod(minute, 1440)
        midnight = datetime.combine(self.first + days * _DAY, time(), self.zone)
        return midnight + timedelta(minutes=rest)

    def _worked_until(self, minute: int) -> int:
        """Working minutes from `first` to `minute`."""
        starts, ends, totals = self._table
        index = bisect_right(starts, minute) - 1
        if index < 0:
            return 0
        return totals[index] - max(0, ends[index] - minute)

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Working minutes between two moments; negative if `end` is the earlier one."""
        return self._worked_until(self._minute(end)) - self._worked_until(self._minute(start))

    def add(self, start: datetime, minutes: int) -> datetime:
        """The moment when `minutes` (≥ 0) of working time have passed; at the end of a span it stays there."""
        if minutes < 0:
            raise ValueError("working minutes to add cannot be negative")
        minute = self._minute(start)
        if minutes == 0:
            return self._moment(minute)
        return self._reach(self._worked_until(minute) + minutes)

    def subtract(self, end: datetime, minutes: int) -> datetime:
        """The last moment from which `minutes` (≥ 0) of working time remain until `end`."""
        if minutes == 0:
            return self._moment(self._minute(end))
        _starts, ends, totals = self._table
        wanted = self._worked_until(self._minute(end)) - minutes
        if wanted < 0:
            raise ValueError("the calendar does not reach back that far")
        index = min(bisect_right(totals, wanted), len(totals) - 1)
        return self._moment(ends[index] - (totals[index] - wanted))

    def _reach(self, wanted: int) -> datetime:
        _starts, ends, totals = self._table
        index = bisect_left(totals, wanted)
        if index == len(totals):
            raise ValueError(f"the calendar ends on {self.last}")
        return self._moment(ends[index] - (totals[index] - wanted))

    def after(self, day: date, count: int) -> date:
        """The count-th working day after `day`; `day` itself never counts. `count` 0 is `day`."""
        if count == 0:
            return day
        index = bisect_right(self._days, day) + count - 1
        if not 0 <= index < len(self._days):
            raise ValueError(f"the calendar ends on {self.last}")
        return self._days[index]

    def on_or_before(self, day: date) -> date:
        """`day` if it is a working day, else the last one before it."""
        index = bisect_right(self._days, day) - 1
        if index < 0:
            raise ValueError(f"the calendar begins on {self.first}")
        return self._days[index]

    def close_of(self, day: date) -> datetime:
        """Close of business of `day`; on a day off, when an ordinary day would close."""
        spans = self.spans(day) or self.hours
        return datetime.combine(day, time(), self.zone) + timedelta(minutes=spans[-1][1])

    def close_after(self, start: datetime, count: int) -> datetime:
        """Close of business of the count-th working day after the day of `start`."""
        return self.close_of(self.after(start.astimezone(self.zone).date(), count))

    def is_provisional(self, moment: datetime) -> bool:
        """Whether `moment` lies in a year whose workdays nobody has announced."""
        return moment.astimezone(self.zone).year > max(self.announced, default=0)


def check_spans(spans: Sequence[Span]) -> None:
    """Raises ValueError for spans out of order, empty, overlapping or outside the day (24:00 is its end)."""
    edges = [0, *(edge for span in spans for edge in span), 1440]
    if edges != sorted(edges) or any(opens == closes for opens, closes in spans):
        raise ValueError(f"spans overlap or leave the day: {spans}")
