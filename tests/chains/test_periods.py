import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.periods import Period
from tests.chains.cases import at


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-10", at(10, 1, 0), at(11, 1, 0)),
        ("2026-12", at(12, 1, 0), at(1, 1, 0, year=2027)),  # over the turn of the year
        ("2026-02", at(2, 1, 0), at(3, 1, 0)),
        ("2026-Q1", at(1, 1, 0), at(4, 1, 0)),
        ("2026-Q4", at(10, 1, 0), at(1, 1, 0, year=2027)),
    ],
)
def test_a_period_is_a_month_or_a_quarter_of_shanghai(text, start, end):
    period = Period.parse(text)
    assert (period.name, period.start, period.end) == (text, start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-0",
        "2026-13",
        "2026-Q5",
        "2026-Q0",
        "2026-10-01",
        "1999-01",
        "２０２６-10",
        "2026-10\n",
    ],
)
def test_anything_else_is_no_period(text):
    with pytest.raises(ValueError):
        Period.parse(text)


def test_a_period_begins_with_its_first_moment_and_ends_before_the_next():
    october = Period.parse("2026-10")
    assert october.start in october
    assert october.end not in october
    assert None not in october


@pytest.mark.parametrize(
    ("text", "previous", "year"),
    [
        ("2026-10", "2026-09", "2025-11…2026-10"),
        ("2026-01", "2025-12", "2025-02…2026-01"),
        ("2026-12", "2026-11", "2026-01…2026-12"),
        ("2026-Q4", "2026-Q3", "2026-01…2026-12"),
        ("2026-Q1", "2025-Q4", "2025-04…2026-03"),
    ],
)
def test_the_period_before_and_the_twelve_months_to_its_end(text, previous, year):
    period = Period.parse(text)
    assert period.previous().name == previous
    assert period.year_to_end().name == year
    assert period.year_to_end().end == period.end


@given(st.integers(2001 * 12, 2098 * 12))
def test_months_follow_each_other_without_a_gap(first):
    month = Period.months(first, 1)
    assert month.previous().end == month.start
    assert Period.of_month(month.start) == month
    assert Period.parse(month.name) == month


def test_days_count_from_the_first_midnight_to_the_end_of_the_last_day():
    days = Period.days(at(10, 1).date(), at(10, 31).date())
    assert (days.start, days.end) == (at(10, 1, 0), at(11, 1, 0))


def test_while_a_period_runs_its_edge_is_now():
    october = Period.parse("2026-10")
    assert october.edge(at(10, 15)) == at(10, 15)
    assert october.edge(at(11, 15)) == at(11, 1, 0)
