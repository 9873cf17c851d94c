"""Limits on the days that are hard, each with the reason beside it. Times are Shanghai's."""

import pytest

from chains.taxonomy import Level
from routing.deadlines import DEFAULT_POLICY, counted, spans
from tests.factory import at
from tests.routing.calendar2026 import STATE

# clock, with its level and whether it is urgent or signed · begins · is due
ROWS = (
    # National Day 2025: 1 to 8 October off, Sunday 28 September and Saturday 11 October worked
    (
        "triage",
        at(9, 30, 16, 30, year=2025),
        at(10, 9, 11, 30, year=2025),
    ),  # the eve, an hour before the close: the holiday holds no minute
    (
        "sign B",
        at(9, 30, 9, year=2025),
        at(10, 9, 17, 30, year=2025),
    ),  # the eve: signing the first workday after eight days
    ("sign B", at(9, 26, 9, year=2025), at(9, 28, 17, 30, year=2025)),  # the worked Sunday 28 September counts
    ("sign A", at(9, 28, 9, year=2025), at(9, 28, 15, year=2025)),  # and is itself a day on which things start
    (
        "resolve B",
        at(9, 28, 9, year=2025),
        at(10, 11, 17, 30, year=2025),
    ),  # five workdays from that Sunday: 29, 30, 9, 10 and the Saturday 11
    ("resolve A", at(9, 30, 10, year=2025), at(10, 11, 17, 30, year=2025)),  # three workdays over the eight days
    (
        "resolve A",
        at(10, 8, 12, year=2025),
        at(10, 11, 17, 30, year=2025),
    ),  # the make-up Saturday 11 October is the third
    ("sign S", at(10, 8, 23, 59, year=2025), at(10, 9, 10, 30, year=2025)),  # begun on the last day off
    ("resolve C", at(9, 22, 9, year=2025), at(10, 17, 17, 30, year=2025)),  # fifteen workdays, the holiday between
    (
        "resolve L",
        at(9, 12, 9, year=2025),
        at(10, 11, 17, 30, year=2025),
    ),  # the 30th calendar day is a Sunday: the worked Saturday before it
    (
        "resolve L",
        at(9, 4, 9, year=2025),
        at(9, 30, 17, 30, year=2025),
    ),  # the 30th day falls into the holiday: the last workday before it
    ("review", at(9, 30, 17, 29, year=2025), at(10, 9, 17, 30, year=2025)),  # one workday to review, begun on the eve
    ("visit", at(9, 26, 15, year=2025), at(10, 16, 17, 30, year=2025)),  # ten workdays to rate
    (
        "support",
        at(9, 29, 17, year=2025),
        at(10, 10, 17, 30, year=2025),
    ),  # three workdays of support: the 30th, the 9th and the 10th
    # National Day 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October worked
    ("triage", at(9, 30, 16, 30), at(10, 8, 11, 30)),  # the eve, an hour before the close
    ("triage", at(9, 30, 12), at(10, 8, 9)),  # the eve, at noon sharp
    ("sign B", at(9, 30, 9), at(10, 8, 17, 30)),  # signing on the first workday after
    ("sign B", at(9, 18, 9), at(9, 20, 17, 30)),  # the worked Sunday 20 September is the next workday
    ("sign A", at(9, 20, 8, 30), at(9, 20, 14, 30)),  # four hours from that Sunday's first minute
    ("resolve B", at(9, 30, 9), at(10, 13, 17, 30)),  # five workdays over the holiday, the make-up Saturday counts
    ("resolve B", at(10, 10, 9), at(10, 16, 17, 30)),  # begun on the make-up Saturday itself
    ("contact B", at(10, 3, 12), at(10, 8, 17, 30)),  # begun on the third day off
    ("resolve A", at(9, 24, 9), at(9, 30, 17, 30)),  # Mid-autumn 25 to 27 September lies before it
    ("resolve S", at(9, 30, 17, 30), at(10, 8, 17, 30)),  # one workday of advice over seven days off
    ("resolve D", at(9, 7, 9), at(12, 4, 17, 30)),  # sixty workdays reach into December
    ("resolve L", at(9, 7, 9), at(9, 30, 17, 30)),  # thirty calendar days end on 7 October: the last workday before
    ("resolve L", at(9, 30, 10), at(10, 30, 17, 30)),  # thirty calendar days end on a plain Friday
    ("progress", at(9, 9, 9), at(10, 9, 17, 30)),  # a month of news ends at the close of a workday
    # Spring Festival 2026: 15 to 23 February off, the Saturdays 14 and 28 February worked
    ("sign B", at(2, 13, 9), at(2, 14, 17, 30)),  # Friday: the worked Saturday 14 February is next
    ("triage", at(2, 14, 16, 30), at(2, 24, 11, 30)),  # the last hour before nine days off
    (
        "resolve B",
        at(2, 14, 9),
        at(2, 28, 17, 30),
    ),  # five workdays from the worked Saturday: 24 to 27 and the Saturday 28
    ("sign S", at(2, 16, 10), at(2, 24, 10, 30)),  # begun on New Year's Eve, a holiday
    ("resolve A", at(2, 23, 20), at(2, 26, 17, 30)),  # begun on the last day off
    ("review", at(2, 27, 9), at(2, 28, 17, 30)),  # the Saturday 28 February is the next workday of a Friday
    ("support", at(2, 13, 17), at(2, 25, 17, 30)),  # three workdays of support over it
    ("resolve C", at(2, 9, 9), at(3, 6, 17, 30)),  # fifteen workdays over it, two worked Saturdays among them
    ("resolve L", at(2, 13, 16), at(3, 13, 17, 30)),  # the 30th calendar day is a Sunday
    ("resolve L", at(1, 20, 9), at(2, 14, 17, 30)),  # the 30th calendar day lies in the holiday: Saturday the 14th
    ("visit", at(2, 12, 9), at(3, 4, 17, 30)),  # ten workdays to rate
    (
        "sign A",
        at(2, 14, 16, 30),
        at(2, 24, 11, 30),
    ),  # level A signs within four hours, of which one is left before the holiday
    # Lunch, 12:00 to 14:00
    ("sign S", at(9, 7, 11), at(9, 7, 15)),  # across lunch
    ("sign S", at(9, 7, 10), at(9, 7, 12)),  # ends with the morning and stays there
    ("sign S", at(9, 7, 10, 1), at(9, 7, 14, 1)),  # one minute more is after lunch
    ("sign S", at(9, 7, 12), at(9, 7, 16)),  # begun at noon sharp
    ("sign S", at(9, 7, 13), at(9, 7, 16)),  # begun within lunch
    ("sign S", at(9, 7, 14), at(9, 7, 16)),  # begun with the afternoon
    ("triage", at(9, 7, 8, 30), at(9, 7, 14, 30)),  # a morning and half an hour
    ("triage", at(9, 7, 9, 30), at(9, 7, 15, 30)),  # four hours from half past nine, lunch between
    ("sign B urgent", at(9, 7, 12), at(9, 7, 12, 30)),  # lunch is no excuse where it is urgent
    ("contact A signed", at(9, 7, 11, 30), at(9, 7, 14, 30)),  # an hour after a signature before lunch
    ("contact A", at(9, 7, 9), at(9, 7, 16)),  # until somebody signs: four hours and one, lunch between
    # Filed shortly before midnight
    ("sign B", at(9, 7, 23, 59), at(9, 8, 17, 30)),  # a minute before midnight: the next day is day one
    ("sign B", at(9, 8, 0), at(9, 9, 17, 30)),  # at midnight it is a day later
    ("triage", at(9, 7, 23, 59), at(9, 8, 14, 30)),  # four hours from the next morning
    ("sign B", at(9, 4, 23, 59), at(9, 7, 17, 30)),  # a Friday's last minute: Monday
    ("triage", at(9, 30, 23, 59), at(10, 8, 14, 30)),  # the eve of a holiday, a minute before midnight
    ("resolve B", at(9, 7, 23, 59), at(9, 14, 17, 30)),  # five workdays from a Monday's last minute
    ("triage urgent", at(9, 7, 23, 59), at(9, 8, 0, 14)),  # urgent: fifteen minutes into the next day
    ("sign B urgent", at(9, 30, 23, 59), at(10, 1, 0, 29)),  # urgent: half an hour of the holiday's first night
    # Begun on a day off, or on a day made up for
    ("triage", at(9, 5, 12), at(9, 7, 14, 30)),  # a Saturday's noon: four hours of Monday
    ("sign B", at(9, 6, 9), at(9, 7, 17, 30)),  # a Sunday: Monday is the first workday after
    ("triage", at(10, 10, 9), at(10, 10, 15)),  # a make-up Saturday works like any day
    ("sign B", at(10, 10, 9), at(10, 12, 17, 30)),  # a make-up Saturday: the Monday after it is day one
    ("resolve A", at(9, 20, 15), at(9, 23, 17, 30)),  # a make-up Sunday before the holiday
    ("sign S", at(10, 1, 10), at(10, 8, 10, 30)),  # on a holiday in mid-week
    ("resolve S", at(10, 5, 23, 59), at(10, 8, 17, 30)),  # on a holiday at night
    ("sign B", at(12, 31, 9, year=2025), at(1, 4, 17, 30)),  # on the day before New Year's Day 2026
    ("sign B", at(1, 3, 9), at(1, 4, 17, 30)),  # the Sunday 4 January 2026 is worked
    ("measure urgent", at(10, 2, 10), at(10, 3, 10)),  # first measure within a day, holidays or not
)


@pytest.mark.parametrize(("clock", "start", "due"), ROWS)
def test_a_limit_on_a_hard_day(clock, start, due):
    kind, *words = clock.split()
    level = next((word for word in words if word in Level.values), "")
    allowed = spans(kind, level, DEFAULT_POLICY, urgent="urgent" in words, is_signed="signed" in words)
    assert counted(start, allowed, STATE) == due


def test_there_are_enough_of_them():
    assert len(ROWS) == len({row[:2] for row in ROWS}) >= 60
