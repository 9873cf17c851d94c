"""Who is woken for an urgent appeal, and when nobody is there."""

import pytest

from routing.calendar import workdays
from routing.watch import Woken, uncovered, woken
from tests.factory import at

OFFICE, CENTRE = {Woken.OFFICE_ON_DUTY}, {Woken.CENTRE_ON_DUTY}
TOP = {Woken.DIRECTOR, Woken.SUPERVISORS}


@pytest.mark.parametrize(
    ("is_dispatched", "is_working_time", "office_on_duty", "centre_on_duty", "expected"),
    [
        # in triage the centre is asked
        (False, False, False, True, CENTRE),
        (False, True, False, True, CENTRE),
        (False, False, False, False, TOP),  # nobody at night: the next rung at once
        (False, True, False, False, set()),  # by day somebody sits at the desk
        (False, False, True, True, CENTRE),  # an office has no part in triage
        # dispatched: the office
        (True, False, True, True, OFFICE),
        (True, False, True, False, OFFICE),
        (True, True, True, False, OFFICE),
        (True, False, False, True, {Woken.HEADS} | CENTRE),
        (True, False, False, False, {Woken.HEADS} | TOP),
        (True, True, False, False, set()),
        (True, True, False, True, set()),
    ],
)
def test_nobody_on_duty_means_the_next_rung(is_dispatched, is_working_time, office_on_duty, centre_on_duty, expected):
    found = woken(
        is_dispatched=is_dispatched,
        is_working_time=is_working_time,
        office_on_duty=office_on_duty,
        centre_on_duty=centre_on_duty,
    )
    assert found == expected


SUNDAY, MONDAY = (at(9, 6, 0), at(9, 7, 0)), (at(9, 7, 0), at(9, 8, 0))
EARLY, NOON, LATE = (at(9, 7, 0), at(9, 7, 8, 30)), (at(9, 7, 12), at(9, 7, 14)), (at(9, 7, 17, 30), at(9, 8, 0))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("span", "shifts", "expected"),
    [
        (MONDAY, [], [EARLY, NOON, LATE]),
        (MONDAY, [(at(9, 6, 17), at(9, 7, 9)), (at(9, 7, 17), at(9, 8, 9))], [NOON]),  # the nights are taken
        (SUNDAY, [(at(9, 5, 0), at(9, 6, 8)), (at(9, 6, 20), at(9, 7, 9))], [(at(9, 6, 8), at(9, 6, 20))]),
        (SUNDAY, [(at(9, 5, 0), at(9, 7, 9)), (at(9, 6, 2), at(9, 6, 3))], []),  # one inside the other
        (SUNDAY, [(at(9, 8, 0), at(9, 9, 0))], [SUNDAY]),  # only one beyond the end
    ],
)
def test_a_gap_is_outside_working_time_with_nobody_on_duty(span, shifts, expected):
    assert uncovered(shifts, *span, workdays()) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(9, 7, 8, 29), False),
        (at(9, 7, 8, 30), True),
        (at(9, 7, 11, 59), True),
        (at(9, 7, 12), False),  # the noon break
        (at(9, 7, 17, 30), False),
        (at(9, 6, 10), False),  # a Sunday
        (at(10, 10, 10), True),  # a make-up Saturday
        (at(10, 1, 10), False),  # National Day
    ],
)
def test_working_time_is_a_matter_of_the_calendar(moment, expected):
    assert workdays().is_open(moment) is expected
