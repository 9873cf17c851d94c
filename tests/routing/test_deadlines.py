"""The limits of product.md §5, each case with the reason it is there. Times are Shanghai's."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.taxonomy import Level
from routing import deadlines
from routing.deadlines import ClockKind, Light, Policy, Span, Unit, limits
from tests.factory import at
from tests.routing.calendar2026 import STATE

S, A, B, C, D, L = Level


def due(kind, start, *, level="", urgent=False, **how):
    found = deadlines.spans(kind, level, deadlines.DEFAULT_POLICY, urgent=urgent, **how)
    return deadlines.counted(start, found, STATE)


@pytest.mark.parametrize(
    ("level", "start", "sign_by", "contact_by", "resolve_by"),
    [
        # An ordinary Monday at nine: the table itself.
        (S, at(9, 7), at(9, 7, 11), at(9, 7, 11), at(9, 8, 17, 30)),
        (A, at(9, 7), at(9, 7, 15), at(9, 7, 16), at(9, 10, 17, 30)),
        (B, at(9, 7), at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 14, 17, 30)),
        (C, at(9, 7), at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 28, 17, 30)),  # with a worked Sunday, without 25–27
        (D, at(9, 7), at(9, 8, 17, 30), at(9, 8, 17, 30), at(12, 4, 17, 30)),
        (L, at(9, 7), at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 30, 17, 30)),  # day 30 is 7 October: the last before
        # Shortly before lunch.
        (S, at(9, 7, 11), at(9, 7, 15), at(9, 7, 15), at(9, 8, 17, 30)),
        (S, at(9, 7, 10), at(9, 7, 12), at(9, 7, 12), at(9, 8, 17, 30)),  # what ends with the morning stays there
        (A, at(9, 7, 8, 30), at(9, 7, 14, 30), at(9, 7, 15, 30), at(9, 10, 17, 30)),
        (S, at(9, 7, 12, 30), at(9, 7, 16), at(9, 7, 16), at(9, 8, 17, 30)),  # during lunch
        # Shortly before the close, at it, and a minute before midnight.
        (S, at(9, 7, 16, 30), at(9, 8, 9, 30), at(9, 8, 9, 30), at(9, 8, 17, 30)),
        (S, at(9, 7, 15, 30), at(9, 7, 17, 30), at(9, 7, 17, 30), at(9, 8, 17, 30)),
        (A, at(9, 7, 23, 59), at(9, 8, 14, 30), at(9, 8, 15, 30), at(9, 10, 17, 30)),
        (B, at(9, 7, 23, 59), at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 14, 17, 30)),
        # A Friday evening, a Saturday.
        (A, at(9, 4, 17), at(9, 7, 12), at(9, 7, 15), at(9, 9, 17, 30)),
        (B, at(9, 5, 10), at(9, 7, 17, 30), at(9, 7, 17, 30), at(9, 11, 17, 30)),
        # Before National Day: 1–7 October off, 10 October worked.
        (S, at(9, 30, 16), at(10, 8, 9), at(10, 8, 9), at(10, 8, 17, 30)),
        (A, at(9, 30, 10), at(9, 30, 16), at(9, 30, 17), at(10, 10, 17, 30)),
        (B, at(9, 30, 10), at(10, 8, 17, 30), at(10, 8, 17, 30), at(10, 13, 17, 30)),
        (C, at(9, 30, 10), at(10, 8, 17, 30), at(10, 8, 17, 30), at(10, 27, 17, 30)),
        (L, at(9, 30, 10), at(10, 8, 17, 30), at(10, 8, 17, 30), at(10, 30, 17, 30)),
        # Within it, and on the make-up Saturday.
        (A, at(10, 3, 12), at(10, 8, 14, 30), at(10, 8, 15, 30), at(10, 10, 17, 30)),
        (S, at(10, 10, 10), at(10, 10, 12), at(10, 10, 12), at(10, 12, 17, 30)),
        # Before Spring Festival: the Saturday 14 February is worked, 15–23 off, the Saturday 28 is worked.
        (S, at(2, 13, 16), at(2, 14, 9), at(2, 14, 9), at(2, 14, 17, 30)),
        (A, at(2, 13, 16), at(2, 14, 11), at(2, 14, 12), at(2, 25, 17, 30)),
        (B, at(2, 14, 17), at(2, 24, 17, 30), at(2, 24, 17, 30), at(2, 28, 17, 30)),
        (L, at(2, 13, 16), at(2, 14, 17, 30), at(2, 14, 17, 30), at(3, 13, 17, 30)),  # day 30 is a Sunday
        # Before Mid-autumn.
        (B, at(9, 24, 17), at(9, 28, 17, 30), at(9, 28, 17, 30), at(10, 9, 17, 30)),
        (L, at(9, 24, 17), at(9, 28, 17, 30), at(9, 28, 17, 30), at(10, 23, 17, 30)),  # day 30 is a Saturday
        (L, at(3, 2, 9), at(3, 3, 17, 30), at(3, 3, 17, 30), at(4, 1, 17, 30)),  # day 30 is a workday
    ],
)
def test_limits_of_a_round(level, start, sign_by, contact_by, resolve_by):
    found = limits(level, start, STATE, urgent=False)
    assert (found.sign_by, found.contact_by, found.resolve_by) == (sign_by, contact_by, resolve_by)
    assert not found.provisional


@pytest.mark.parametrize(
    ("start", "triage_by", "sign_by", "contact_by"),
    [
        (at(9, 7, 10), at(9, 7, 10, 15), at(9, 7, 10, 30), at(9, 7, 11)),
        (at(9, 7, 11, 50), at(9, 7, 12, 5), at(9, 7, 12, 20), at(9, 7, 12, 50)),  # lunch is no excuse
        (at(9, 7, 23, 50), at(9, 8, 0, 5), at(9, 8, 0, 20), at(9, 8, 0, 50)),  # nor is the night
        (at(10, 3, 3), at(10, 3, 3, 15), at(10, 3, 3, 30), at(10, 3, 4)),  # nor National Day
    ],
)
@pytest.mark.parametrize("level", Level)
def test_urgent_minutes_run_by_the_clock_day_and_night(start, triage_by, sign_by, contact_by, level):
    found = limits(level, start, STATE, urgent=True)
    assert due(ClockKind.TRIAGE, start, urgent=True) == triage_by
    assert (found.sign_by, found.contact_by) == (sign_by, contact_by)
    assert found.resolve_by == limits(level, start, STATE, urgent=False).resolve_by, "resolving takes what it takes"


@pytest.mark.parametrize(
    ("start", "triage_by"),
    [
        (at(9, 7), at(9, 7, 15)),
        (at(9, 7, 16, 30), at(9, 8, 11, 30)),
        (at(9, 5, 12), at(9, 7, 14, 30)),  # four hours of a Monday: 210 minutes before lunch, 30 after
        (at(9, 30, 17), at(10, 8, 12)),  # over National Day; it stays at the end of the morning
    ],
)
def test_triage_takes_four_working_hours(start, triage_by):
    assert due(ClockKind.TRIAGE, start) == triage_by


@pytest.mark.parametrize(
    ("level", "start", "resolve_by", "provisional"),
    [
        (A, at(12, 28), at(12, 31, 17, 30), False),  # still within 2026
        (S, at(12, 31, 10), at(1, 4, 17, 30, year=2027), True),  # 1 January is a holiday in every year
        (B, at(12, 28, 10), at(1, 5, 17, 30, year=2027), True),
        (C, at(12, 28, 10), at(1, 19, 17, 30, year=2027), True),
        (L, at(12, 10, 10), at(1, 8, 17, 30, year=2027), True),  # day 30 is a Saturday
        (B, at(4, 29, 10, year=2027), at(5, 6, 17, 30, year=2027), True),  # 1 and 2 May fall on the weekend
        (B, at(9, 30, 10, year=2027), at(10, 8, 17, 30, year=2027), True),  # 1 October is a Friday
    ],
)
def test_limits_beyond_the_last_announced_year_are_provisional(level, start, resolve_by, provisional):
    found = limits(level, start, STATE, urgent=False)
    assert (found.resolve_by, found.provisional) == (resolve_by, provisional)


@pytest.mark.parametrize(
    ("level", "urgent", "signed_at", "contact_by"),
    [
        (A, False, at(9, 7, 10), at(9, 7, 11)),
        (A, False, at(9, 7, 11, 30), at(9, 7, 14, 30)),  # across lunch
        (A, False, at(9, 7, 17), at(9, 8, 9)),
        (A, True, at(9, 7, 10), at(9, 7, 11)),  # urgent: an hour by the clock
        (B, False, at(9, 7, 10), at(9, 8, 17, 30)),
        (S, False, at(9, 7, 10), at(9, 7, 12)),
    ],
)
def test_a_signed_case_makes_contact_within_its_own_limit_alone(level, urgent, signed_at, contact_by):
    assert due(ClockKind.CONTACT, signed_at, level=level, urgent=urgent, is_signed=True) == contact_by


def test_a_hand_back_is_possible_until_the_close_of_the_second_workday():
    assert deadlines.hand_back_by(at(9, 7), STATE) == at(9, 9, 17, 30)
    assert deadlines.hand_back_by(at(9, 30), STATE) == at(10, 9, 17, 30)
    assert deadlines.hand_back_by(at(9, 18), STATE) == at(9, 21, 17, 30)  # the Sunday between is worked


def test_a_decision_takes_one_workday_and_a_visit_three_and_ten():
    assert due(ClockKind.REVIEW, at(9, 4, 17), level=B) == at(9, 7, 17, 30)
    assert deadlines.invitation_at(at(9, 7), STATE) == at(9, 10, 17, 30)
    assert due(ClockKind.VISIT, at(9, 7)) == at(9, 20, 17, 30)
    assert due(ClockKind.VISIT, at(9, 24)) == at(10, 15, 17, 30)


@pytest.mark.parametrize(
    ("due", "lost", "moved"),
    [
        (at(9, 10, 17, 30), 0, at(9, 10, 17, 30)),
        (at(9, 10, 17, 30), 1, at(9, 11, 8, 31)),  # to the minute
        (at(9, 10, 17, 30), 420, at(9, 11, 17, 30)),
        (at(9, 10, 11, 30), 60, at(9, 10, 14, 30)),
        (at(9, 30, 17, 30), 30, at(10, 8, 9)),
    ],
)
def test_a_limit_moves_by_the_working_minutes_lost(due, lost, moved):
    assert deadlines.resume(due, lost, STATE) == moved


@pytest.mark.parametrize(
    ("kind", "start", "due", "urgent", "yellow"),
    [
        (ClockKind.SIGN, at(9, 7), at(9, 7, 11), False, at(9, 7, 10, 36)),  # a fifth of two hours
        (ClockKind.SIGN, at(9, 7), at(9, 8, 17, 30), False, at(9, 8, 14, 48)),  # a fifth of 810 minutes is 162
        (ClockKind.RESOLVE, at(9, 7), at(9, 10, 17, 30), False, at(9, 10, 8, 30)),  # three days: a day is left
        (ClockKind.RESOLVE, at(9, 7), at(9, 28, 17, 30), False, at(9, 22, 16, 12)),  # a fifth of 6,690 minutes
        (ClockKind.SIGN, at(9, 7, 23, 50), at(9, 8, 0, 20), True, at(9, 8, 0, 14)),  # urgent, at night
        (ClockKind.SIGN, at(9, 7, 17, 20), at(9, 7, 17, 50), True, at(9, 7, 17, 44)),  # urgent, over the close
        (ClockKind.TRIAGE, at(9, 7, 12), at(9, 7, 12, 15), True, at(9, 7, 12, 12)),
        (ClockKind.RESOLVE, at(9, 7), at(9, 10, 17, 30), True, at(9, 10, 8, 30)),  # resolving runs by working time
    ],
)
def test_a_clock_turns_yellow_when_a_fifth_is_left(kind, start, due, urgent, yellow):
    assert deadlines.yellow_at(kind, start, due, STATE, urgent=urgent) == yellow


@pytest.mark.parametrize(
    ("now", "ended", "light"),
    [
        (at(9, 10, 8, 29), None, Light.GREEN),
        (at(9, 10, 8, 30), None, Light.YELLOW),
        (at(9, 10, 17, 30), None, Light.YELLOW),  # the limit itself is in time
        (at(9, 10, 17, 31), None, Light.RED),  # the first minute over
        (at(9, 20), at(9, 10, 17, 30), Light.MET),
        (at(9, 20), at(9, 10, 17, 31), Light.RED),
    ],
)
def test_lights(now, ended, light):
    assert deadlines.light(at(9, 10, 17, 30), at(9, 10, 8, 30), now, ended=ended) == light


def test_what_has_no_limit_has_no_light():
    assert deadlines.light(None, None, at(9, 7)) == Light.NONE


def test_the_rungs_of_a_clock_come_in_order():
    found = deadlines.rungs(ClockKind.SIGN, at(9, 29), at(9, 30, 17, 30), STATE, urgent=False)
    assert [(rung.name, rung.at) for rung in found] == [
        ("yellow", at(9, 30, 14, 48)),
        ("due", at(9, 30, 17, 30)),
        ("plus1", at(10, 8, 17, 30)),
        ("plus3", at(10, 10, 17, 30)),
        ("plus5", at(10, 13, 17, 30)),
    ]


def test_an_urgent_clock_at_night_has_its_rungs_in_order():
    found = deadlines.rungs(ClockKind.SIGN, at(9, 7, 23, 50), at(9, 8, 0, 20), STATE, urgent=True)
    assert [(rung.name, rung.at) for rung in found] == [
        ("yellow", at(9, 8, 0, 14)),
        ("due", at(9, 8, 0, 20)),
        ("plus1", at(9, 9, 17, 30)),
        ("plus3", at(9, 11, 17, 30)),
        ("plus5", at(9, 15, 17, 30)),
    ]


def test_the_visit_clock_invites_and_closes():
    closing = at(9, 20, 17, 30)
    found = deadlines.rungs(ClockKind.VISIT, at(9, 7), closing, STATE, urgent=False)
    assert [(rung.name, rung.at) for rung in found] == [("invite", at(9, 10, 17, 30)), ("close", closing)]


def test_what_remains_is_working_time_and_below_zero_once_over():
    assert deadlines.remaining(at(9, 8, 9), at(9, 7, 17), STATE) == 60
    assert deadlines.remaining(at(9, 7, 17), at(9, 8, 9), STATE) == -60


def test_an_officers_row_changes_one_limit_and_leaves_the_others():
    by_level = {**deadlines.DEFAULT_POLICY.by_level, (ClockKind.RESOLVE, B): Span(7, Unit.WORKDAYS)}
    policy = Policy(by_level, deadlines.DEFAULT_POLICY.urgent)
    assert limits(B, at(9, 7), STATE, urgent=False, policy=policy).resolve_by == at(9, 16, 17, 30)
    assert limits(C, at(9, 7), STATE, urgent=False, policy=policy) == limits(C, at(9, 7), STATE, urgent=False)


MOMENTS = st.integers(0, 3 * 365 * 1440).map(lambda minute: at(1, 1, 0, year=2024) + timedelta(minutes=minute))


@given(MOMENTS, MOMENTS, st.sampled_from(Level), st.booleans())
def test_who_is_dispatched_later_is_never_due_earlier(one, other, level, urgent):
    earlier, later = (limits(level, start, STATE, urgent=urgent) for start in sorted([one, other]))
    assert earlier.sign_by <= later.sign_by
    assert earlier.contact_by <= later.contact_by
    assert earlier.resolve_by <= later.resolve_by


@given(MOMENTS, st.sampled_from(Level), st.booleans())
def test_no_limit_lies_before_its_start_and_contact_not_before_signing(start, level, urgent):
    found = limits(level, start, STATE, urgent=urgent)
    assert start < found.sign_by <= found.contact_by
    assert start < found.resolve_by


@given(MOMENTS, st.sampled_from(Level), st.booleans(), st.sampled_from(["sign", "contact", "resolve"]))
def test_rungs_are_in_order_and_yellow_comes_within_the_clock(start, level, urgent, kind):
    limit = getattr(limits(level, start, STATE, urgent=urgent), f"{kind}_by")
    moments = [rung.at for rung in deadlines.rungs(ClockKind(kind), start, limit, STATE, urgent=urgent)]
    assert moments == sorted(moments)
    assert start <= moments[0] < limit
