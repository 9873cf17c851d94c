from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routing.workdays import OFFICE_HOURS, Workdays
from tests.factory import at
from tests.routing.calendar2026 import STATE

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 7), True),  # a Monday like others
        (date(2026, 9, 5), False),  # a Saturday like others
        (date(2026, 1, 1), False),  # New Year, a Thursday
        (date(2026, 1, 4), True),  # the Sunday that makes up for it
        (date(2026, 2, 14), True),  # Saturday before Spring Festival, made up
        (date(2026, 2, 23), False),  # the ninth and last day of Spring Festival, a Monday
        (date(2026, 2, 24), True),  # and the day after it
        (date(2026, 2, 28), True),  # Saturday after Spring Festival, made up
        (date(2026, 5, 9), True),  # Saturday after Labour Day, made up
        (date(2026, 9, 20), True),  # the Sunday that pays for National Day in advance
        (date(2026, 10, 7), False),  # last day of National Day
        (date(2026, 10, 10), True),  # the Saturday that pays for it afterwards
        (date(2025, 9, 28), True),  # another year: a Sunday before National Day and Mid-autumn
        (date(2025, 10, 8), False),  # eight days in 2025
        (date(2027, 1, 1), False),  # not announced yet, but a holiday in every year
        (date(2027, 5, 2), False),
        (date(2027, 10, 4), True),  # not announced yet: a Monday
    ],
)
def test_workdays_are_those_of_the_state_council(day, works):
    assert STATE.is_workday(day) is works


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (at(9, 7, 9), 60, at(9, 7, 10)),
        (at(9, 7, 8), 60, at(9, 7, 9, 30)),  # before hours the clock stands until 08:30
        (at(9, 7, 11, 30), 60, at(9, 7, 14, 30)),  # across lunch
        (at(9, 7, 10), 120, at(9, 7, 12)),  # what ends with a span stays at its end
        (at(9, 7, 10), 121, at(9, 7, 14, 1)),  # one minute more is after lunch
        (at(9, 7, 13), 30, at(9, 7, 14, 30)),  # begun during lunch
        (at(9, 7, 16, 30), 60, at(9, 7, 17, 30)),  # the close of business
        (at(9, 7, 17, 30), 1, at(9, 8, 8, 31)),
        (at(9, 7, 23, 59), 60, at(9, 8, 9, 30)),  # begun at night
        (at(9, 5, 15), 60, at(9, 7, 9, 30)),  # begun on a Saturday
        (at(9, 4, 16, 30), 120, at(9, 7, 9, 30)),  # over a weekend
        (at(9, 19, 12), 60, at(9, 20, 9, 30)),  # Saturday noon; the Sunday is worked
        (at(9, 30, 17), 60, at(10, 8, 9)),  # over National Day
        (at(10, 9, 17), 60, at(10, 10, 9)),  # into the make-up Saturday
        (at(2, 14, 17), 60, at(2, 24, 9)),  # over Spring Festival
        (at(9, 7, 9), 420, at(9, 8, 9)),  # seven hours are a day
        (at(9, 7, 9), 0, at(9, 7, 9)),
        (at(9, 6, 9), 0, at(9, 6, 9)),  # nothing to add: a Sunday stays a Sunday
    ],
)
def test_working_minutes_are_added(start, minutes, end):
    assert STATE.add(start, minutes) == end


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (at(9, 7, 9), at(9, 7, 10), 60),
        (at(9, 7, 11), at(9, 7, 15), 120),  # lunch is no working time
        (at(9, 7, 12), at(9, 7, 14), 0),
        (at(9, 7, 17), at(9, 8, 9), 60),  # a night
        (at(9, 4, 17), at(9, 7, 9), 60),  # a weekend
        (at(9, 19, 0), at(9, 21, 0), 420),  # a weekend with a worked Sunday
        (at(9, 30, 9), at(10, 8, 9), 420),  # National Day holds no minute
        (at(2, 14, 9), at(2, 24, 9), 420),  # nor does Spring Festival
        (at(9, 7, 10), at(9, 7, 9), -60),  # backwards
    ],
)
def test_elapsed_working_minutes_are_counted(start, end, minutes):
    assert STATE.elapsed(start, end) == minutes


@pytest.mark.parametrize(
    ("end", "minutes", "start"),
    [
        (at(9, 7, 10), 60, at(9, 7, 9)),
        (at(9, 7, 14, 30), 60, at(9, 7, 11, 30)),  # back across lunch
        (at(9, 8, 17, 30), 420, at(9, 8, 8, 30)),  # a whole day is left from its first minute, not from last night
        (at(10, 8, 9), 60, at(9, 30, 17)),  # back across National Day
    ],
)
def test_working_minutes_are_taken_off(end, minutes, start):
    assert STATE.subtract(end, minutes) == start


@pytest.mark.parametrize(
    ("start", "count", "close"),
    [
        (at(9, 7, 9), 1, at(9, 8, 17, 30)),  # the day it started never counts
        (at(9, 7, 0), 1, at(9, 8, 17, 30)),
        (at(9, 7, 23, 59), 1, at(9, 8, 17, 30)),
        (at(9, 4, 9), 1, at(9, 7, 17, 30)),  # Friday to Monday
        (at(9, 5, 9), 1, at(9, 7, 17, 30)),  # Saturday to Monday
        (at(9, 18, 9), 1, at(9, 20, 17, 30)),  # Friday to the worked Sunday
        (at(9, 30, 9), 1, at(10, 8, 17, 30)),
        (at(9, 30, 9), 3, at(10, 10, 17, 30)),  # 8, 9 and the make-up Saturday
        (at(10, 3, 12), 1, at(10, 8, 17, 30)),  # begun within a holiday
        (at(2, 13, 16), 2, at(2, 24, 17, 30)),  # the made-up Saturday, then the day after the holiday
        (at(12, 31, 9), 1, at(1, 4, 17, 30, year=2027)),  # 1 January is a Friday, holiday in every year
    ],
)
def test_working_days_end_at_close_of_business_of_the_nth_day_after(start, count, close):
    assert STATE.close_after(start, count) == close


def test_moments_of_other_zones_are_read_as_shanghai_time():
    # 23:30 UTC of the 7th is 07:30 of the 8th here.
    assert STATE.close_after(datetime(2026, 9, 7, 23, 30, tzinfo=UTC), 1) == at(9, 9, 17, 30)
    assert STATE.add(datetime(2026, 9, 7, 1, 0, tzinfo=UTC), 60) == at(9, 7, 10)


def test_the_last_workday_before_a_day_off():
    assert STATE.on_or_before(date(2026, 10, 7)) == date(2026, 9, 30)
    assert STATE.on_or_before(date(2026, 10, 10)) == date(2026, 10, 10)


def test_only_years_after_the_last_announced_one_are_provisional():
    assert not STATE.is_provisional(at(12, 31, 23, 59))
    assert STATE.is_provisional(at(1, 1, 0, 0, year=2027))


def test_a_department_may_keep_hours_of_its_own():
    short = Workdays(special={}, announced=frozenset({2026}), hours=((540, 720), (780, 1020)))
    assert short.add(at(9, 7, 8), 60) == at(9, 7, 10)
    assert short.close_after(at(9, 7), 1) == at(9, 8, 17)


def test_a_day_may_close_early():
    eve = Workdays(special={date(2026, 9, 8): ((510, 720),)}, announced=frozenset({2026}))
    assert eve.close_after(at(9, 7), 1) == at(9, 8, 12)
    assert eve.elapsed(at(9, 8, 0), at(9, 9, 0)) == 210


@pytest.mark.parametrize("hours", [((720, 510),), ((510, 720), (700, 1050)), ((510, 1500),), ((510, 510),), ()])
def test_impossible_hours_are_refused(hours):
    with pytest.raises(ValueError, match=r"spans|working time"):
        Workdays(special={}, announced=frozenset({2026}), hours=hours)


def test_a_moment_outside_the_calendar_is_refused():
    for outside in (at(1, 1, year=2003), at(1, 1, year=2036)):
        with pytest.raises(ValueError, match="outside the calendar"):
            STATE.add(outside, 1)
    with pytest.raises(ValueError, match="ends on"):
        STATE.add(at(12, 31, year=2035), 10_000)
    with pytest.raises(ValueError, match="ends on"):
        STATE.close_after(at(12, 31, year=2035), 1)
    with pytest.raises(ValueError, match="negative"):
        STATE.add(at(9, 7), -1)


MOMENTS = st.integers(0, 4 * 366 * 1440).map(lambda minute: at(1, 1, 0, year=2024) + timedelta(minutes=minute))
MINUTES = st.integers(0, 420 * 120)
COUNTS = st.integers(1, 120)


@given(MOMENTS, MINUTES)
def test_what_was_added_has_elapsed(start, minutes):
    assert STATE.elapsed(start, STATE.add(start, minutes)) == minutes


@given(MOMENTS, MINUTES.filter(bool))
def test_a_limit_lies_in_working_time_and_no_earlier_one_would_do(start, minutes):
    end = STATE.add(start, minutes)
    assert STATE.elapsed(start, end - timedelta(minutes=1)) == minutes - 1
    assert any(opens < end.hour * 60 + end.minute <= closes for opens, closes in STATE.spans(end.date()))


@given(MOMENTS, MINUTES)
def test_what_was_taken_off_is_left_and_not_a_moment_longer(end, minutes):
    start = STATE.subtract(end, minutes)
    assert start <= end
    assert STATE.elapsed(start, end) == minutes
    assert not minutes or STATE.elapsed(start + timedelta(minutes=1), end) == minutes - 1


@given(MOMENTS, MOMENTS, MOMENTS)
def test_elapsed_adds_up_and_turns_its_sign(a, b, c):
    assert STATE.elapsed(a, b) + STATE.elapsed(b, c) == STATE.elapsed(a, c)
    assert STATE.elapsed(a, b) == -STATE.elapsed(b, a)


@given(MOMENTS, MOMENTS, MINUTES, COUNTS)
def test_who_starts_later_is_never_due_earlier(one, other, minutes, count):
    earlier, later = sorted([one, other])
    assert STATE.add(earlier, minutes) <= STATE.add(later, minutes)
    assert STATE.close_after(earlier, count) <= STATE.close_after(later, count)


@given(MOMENTS, MINUTES, MINUTES)
def test_minutes_may_be_added_in_two_steps(start, one, other):
    assume(one)
    assert STATE.add(STATE.add(start, one), other) == STATE.add(start, one + other)


@given(MOMENTS, COUNTS)
def test_the_nth_workday_after_has_n_workdays_behind_it(start, count):
    close = STATE.close_after(start, count)
    days = (start.date() + n * DAY for n in range(1, (close.date() - start.date()).days + 1))
    assert sum(map(STATE.is_workday, days)) == count
    assert close.hour * 60 + close.minute == OFFICE_HOURS[-1][1]
