"""Months and quarters that scores are given for, cut in the city's own time."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

SHANGHAI = ZoneInfo("Asia/Shanghai")  # wherever the server stands


@dataclass(frozen=True)
class Period:
    """A half-open span of time, start ≤ moment < end, cut at midnight in Shanghai."""

    name: str
    start: datetime
    end: datetime

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The month "2026-10" or the quarter "2026-Q4"; anything else raises ValueError."""
        found = re.fullmatch(r"(20[0-9]{2})-(?:(0[1-9]|1[0-2])|Q([1-4]))", text)
        if not found:
            raise ValueError(_("A period is a month such as 2026-10 or a quarter such as 2026-Q4."))
        year, month, quarter = found.groups()
        if month:
            return cls.months(int(year) * 12 + int(month) - 1, 1)
        return cls.months(int(year) * 12 + 3 * int(quarter) - 3, 3)

    @classmethod
    def months(cls, first: int, count: int) -> "Period":
        """`count` months from the month with the number `first` = year · 12 + month − 1."""
        year, month = divmod(first, 12)
        name = f"{year}-{month + 1:02d}"
        if count == 3 and month % 3 == 0:
            name = f"{year}-Q{month // 3 + 1}"
        elif count > 1:
            name = f"{name}…{(first + count - 1) // 12}-{(first + count - 1) % 12 + 1:02d}"
        return cls(name, _midnight(first), _midnight(first + count))

    @classmethod
    def of_month(cls, moment: datetime) -> "Period":
        local = moment.astimezone(SHANGHAI)
        return cls.months(local.year * 12 + local.month - 1, 1)

    @classmethod
    def days(cls, first: date, last: date) -> "Period":
        """From the beginning of the day `first` to the end of the day `last`."""
        start, end = (datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) for day in (first, last + timedelta(1)))
        return cls(f"{first}…{last}", start, end)

    def __contains__(self, moment: datetime | None) -> bool:
        return moment is not None and self.start <= moment < self.end

    def edge(self, now: datetime) -> datetime:
        """The moment open cases are judged at: the end, or `now` while the period still runs."""
        return min(self.end, now)

    def previous(self) -> "Period":
        """The period of the same length in months before this one (for months and quarters)."""
        first, count = self._first_and_count()
        return self.months(first - count, count)

    def year_to_end(self) -> "Period":
        """The twelve months that end with this period."""
        first, count = self._first_and_count()
        return self.months(first + count - 12, 12)

    def _first_and_count(self) -> tuple[int, int]:
        first = self.start.year * 12 + self.start.month
        return first - 1, self.end.year * 12 + self.end.month - first


def _midnight(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI)
