"""The State Council's calendar of 2024 to 2026 as a value, for tests that need no database."""

from routing.calendar import special_days
from routing.workdays import Workdays

YEARS = (2024, 2025, 2026)
STATE = Workdays(
    special={day: is_workday for year in YEARS for day, (is_workday, _name) in special_days(year).items()},
    announced=frozenset(YEARS),
)
