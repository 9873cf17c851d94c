from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.metrics import (
    Counts,
    Rates,
    Tally,
    Unit,
    failed_first,
    in_period,
    percentile,
    rates,
    summary,
    tallies,
    unit_of,
)
from chains.score import LEVEL_WEIGHTS
from tests.chains.cases import (
    LATE_CONTACT,
    LATE_REPLY,
    LATE_SIGNATURE,
    LATER,
    LEAD,
    OCTOBER,
    at,
    make_fact,
    open_fact,
)


def rates_of(facts, of=Unit.CITY, now=LATER) -> Rates:
    return rates(Tally.over(facts, OCTOBER, now), LEVEL_WEIGHTS, of)


@pytest.mark.parametrize(
    ("fact", "counts"),
    [
        (make_fact(), True),  # closed in October
        (make_fact(closed_at=at(10, 1, 0)), True),  # in its first moment
        (make_fact(closed_at=at(11, 1, 0)), False),  # in the first moment of November, replied in time
        (make_fact(closed_at=at(9, 30, 23, 59, 59)), False),  # one second before it
        (open_fact(), True),  # open at the end, the limit has passed
        (open_fact(resolve_by=at(11, 2, 17, 30)), False),  # open, not yet due
        (open_fact(resolve_by=at(11, 1, 0)), False),  # due at the end itself: not past it
        (open_fact(resolve_by=None), False),  # paused or parked: no limit runs
        (make_fact(status="visiting", closed_at=None), False),  # replied, waiting for the enterprise
        (
            make_fact(status="closed", replied_at=at(11, 3), closed_at=at(11, 5)),
            True,
        ),  # still late at the end
        (
            make_fact(status="signed", closed_at=None, replied_at=None, reopen_count=1),
            True,
        ),  # reopened, late again
        (make_fact(status="declined"), False),
        (make_fact(status="withdrawn"), False),
        (open_fact(status="merged"), False),
        (make_fact(excluded=True), False),  # an approved exclusion
        (make_fact(counted=False), False),  # imported history nobody asked to count
        (open_fact(resolve_by=at(8, 3, 17, 30), filed_at=at(7, 20)), True),  # late for months
    ],
)
def test_an_appeal_counts_when_closed_in_the_period_or_late_at_its_end(fact, counts):
    assert in_period(fact, OCTOBER, LATER) is counts


def test_while_the_period_runs_a_limit_still_to_come_is_not_missed():
    assert not in_period(open_fact(), OCTOBER, now=at(10, 15))
    assert in_period(open_fact(), OCTOBER, now=at(10, 20))


@pytest.mark.parametrize(
    ("changes", "response", "on_time"),
    [
        ({}, 1, 1),
        ({"signed_at": at(10, 13, 17, 30)}, 1, 1),  # the limit itself is in time
        (LATE_SIGNATURE, 0, 1),
        (LATE_CONTACT, 0, 1),
        (LATE_REPLY, 1, 0),
        ({"signed_at": None}, 0, 1),  # never signed
        ({"contact_by": None}, 1, 1),  # no limit was set: done is in time
        ({"replied_at": None}, 1, 0),  # closed without a reply
        ({"level": "S", "signed_at": at(10, 12), "contacted_at": at(10, 12), "replied_at": at(10, 12)}, 1, 1),
    ],
)
def test_response_and_on_time(changes, response, on_time):
    five = rates_of([make_fact(**changes)]).five
    assert (five.response, five.on_time) == (response, on_time)


def test_open_and_overdue_is_not_on_time_but_may_have_responded():
    five = rates_of([open_fact()]).five
    assert (five.response, five.on_time) == (1, 0)


def test_levels_weigh_response_on_time_and_solved_but_not_satisfaction():
    facts = [
        make_fact(level="S", solved="yes", stars=5),
        make_fact(level="D", solved="no", stars=1, **LATE_REPLY, **LATE_CONTACT),
    ]
    found = rates_of(facts)
    assert found.five.response == found.five.on_time == found.five.solved == pytest.approx(0.5 / 2.5)
    assert found.five.satisfied == 0.5
    assert found.solved_mean == 0.5


@pytest.mark.parametrize(("stars", "value"), [(5, 1), (4, 1), (3, 0.9), (2, 0), (1, 0)])
def test_stars_are_worth(stars, value):
    assert rates_of([make_fact(stars=stars)]).five.satisfied == value


def test_without_an_answer_or_a_rating_there_is_no_rate():
    found = rates_of([make_fact()])
    assert (found.five.solved, found.five.satisfied) == (None, None)
    assert (found.answers, found.rated, found.rated_share) == (0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "failed", "by_lead"),
    [
        ({}, False, False),
        ({"redo_count": 1, "failed_leads": (LEAD,)}, True, True),
        ({"reopen_count": 2, "redo_count": 1, "failed_leads": (LEAD, LEAD)}, True, True),  # still one appeal
        (
            {"redo_count": 1, "failed_leads": ("330802-KJJ",)},
            True,
            False,
        ),  # another office led the failed round
        ({"hand_backs_lost": 1, "failed_leads": (LEAD,)}, True, True),
    ],
)
def test_first_time_of_a_department_counts_only_rounds_it_led(changes, failed, by_lead):
    fact = make_fact(**changes)
    assert failed_first(fact) is failed
    for unit in Unit.CITY, Unit.CHAIN, Unit.DISTRICT, Unit.PARK, Unit.INDUSTRY:
        assert rates_of([fact], unit).five.first_time == 1 - failed
    assert rates_of([fact], Unit.DEPARTMENT).five.first_time == 1 - by_lead


def test_exclusions_are_shown_beside_and_flagged_above_a_tenth():
    nine = rates_of([make_fact()] * 9 + [make_fact(excluded=True)])
    assert (nine.n, nine.exclusion_rate, nine.many_exclusions) == (9, 0.1, False)
    eight = rates_of([make_fact()] * 8 + [make_fact(excluded=True)])
    assert eight.many_exclusions
    outside = rates_of([make_fact(), make_fact(excluded=True, closed_at=at(11, 9), replied_at=at(10, 15))])
    assert outside.exclusion_rate == 0  # it would not have counted in October anyway


@pytest.mark.parametrize(
    ("changes", "findings"),
    [
        ({"false_closure": True, "false_closure_at": at(10, 25)}, 1),
        ({"false_closure": True, "false_closure_at": at(11, 2)}, 0),  # decided in another period
        # the finding reopened it: no case of October, yet a finding of October
        (
            {
                "false_closure": True,
                "false_closure_at": at(10, 25),
                "closed_at": None,
                "resolve_by": at(11, 9),
            },
            1,
        ),
    ],
)
def test_a_false_closure_counts_in_the_period_that_decided_it(changes, findings):
    assert rates_of([make_fact(**changes)]).false_closures == findings


def test_rated_share_is_of_the_appeals_closed():
    facts = [make_fact(stars=5), make_fact(), make_fact(stars=4), make_fact(), open_fact(stars=1)]
    assert rates_of(facts).rated_share == 0.5


def test_every_kind_of_unit_finds_its_appeals():
    fact = make_fact(park="ZZXC-GWH")
    expected = {
        Unit.DEPARTMENT: LEAD,
        Unit.DISTRICT: "330802",
        Unit.PARK: "ZZXC-GWH",
        Unit.CHAIN: "innovation",
        Unit.INDUSTRY: "NEWMAT",
        Unit.CITY: "city",
    }
    assert {unit: unit_of(fact, unit) for unit in Unit} == expected
    found = tallies([fact, make_fact(), open_fact(resolve_by=None, park="X")], OCTOBER, LATER, Unit.PARK)
    assert list(found) == ["ZZXC-GWH"]  # cases of no park, and units with nothing to count, are left out
    assert found["ZZXC-GWH"].total.cases == 1


MOMENTS = st.none() | st.integers(1, 28).map(lambda day: at(10, day))
FACTS = st.builds(
    make_fact,
    status=st.sampled_from(["closed", "signed", "visiting", "parked", "declined"]),
    level=st.sampled_from("SABCDL"),
    lead=st.sampled_from([LEAD, "330800-JXJ"]),
    signed_at=MOMENTS,
    contacted_at=MOMENTS,
    replied_at=MOMENTS | st.just(at(10, 16)),
    closed_at=st.sampled_from([None, at(9, 20), at(10, 20), at(11, 20)]),
    resolve_by=st.sampled_from([None, at(10, 19), at(11, 19)]),
    solved=st.sampled_from(["", "yes", "partly", "no"]),
    stars=st.none() | st.integers(1, 5),
    redo_count=st.integers(0, 3),
    failed_leads=st.sampled_from([(), (LEAD,)]),
    excluded=st.booleans(),
    false_closure_at=st.sampled_from([None, at(10, 3)]),
    false_closure=st.booleans(),
)


@given(st.lists(FACTS, max_size=30), st.integers(0, 30), st.randoms(use_true_random=False))
def test_tallies_add_up_however_the_appeals_are_divided(facts, cut, shuffler):
    whole = Tally.over(facts, OCTOBER, LATER)
    first, second = (Tally.over(part, OCTOBER, LATER) for part in (facts[:cut], facts[cut:]))
    assert first + second == second + first == whole
    assert Tally() + whole == whole
    shuffler.shuffle(facts)
    mixed = Tally.over(facts, OCTOBER, LATER)
    assert mixed == whole
    # Digit for digit: a board drawn from roll-ups must agree with one drawn from the cases.
    assert rates(mixed, LEVEL_WEIGHTS, Unit.CITY) == rates(first + second, LEVEL_WEIGHTS, Unit.CITY)


@given(st.lists(FACTS, max_size=30), st.sampled_from(list(Unit)))
def test_rates_lie_between_nothing_and_everything(facts, unit):
    found = rates_of(facts, unit)
    shares = [getattr(found.five, f.name) for f in fields(found.five)]
    for share in [*shares, found.rated_share, found.exclusion_rate, found.solved_mean]:
        assert share is None or 0 <= share <= 1
    assert (found.n == 0) == (found.five.on_time is None)


@given(st.lists(FACTS, max_size=30))
def test_the_departments_together_have_the_cases_of_the_city(facts):
    by_lead = tallies(facts, OCTOBER, LATER, Unit.DEPARTMENT)
    whole = Tally.over(facts, OCTOBER, LATER).total
    assert sum((tally.total for tally in by_lead.values()), Counts()) == whole


def test_summary_counts_what_happened_and_what_is_open():
    facts = [
        make_fact(solved="yes", stars=5, used_minutes=100),
        make_fact(filed_at=at(9, 28), used_minutes=300, **LATE_REPLY),
        make_fact(excluded=True, used_minutes=200),  # closed, but in no rate
        open_fact(),  # overdue
        open_fact(resolve_by=None, status="parked"),  # open, without a limit
        open_fact(resolve_by=at(11, 9)),
        make_fact(status="declined", closed_at=None, replied_at=None),
        make_fact(filed_at=at(11, 3), closed_at=at(11, 20)),  # after October
        make_fact(counted=False),
    ]
    found = summary(facts, OCTOBER, LATER, LEVEL_WEIGHTS)
    assert (found.filed, found.closed, found.open, found.overdue, found.declined) == (6, 3, 3, 1, 1)
    assert (found.median_used_minutes, found.p90_used_minutes) == (200, 280)
    assert found.on_time == pytest.approx(1 / 3)  # of two closed and one overdue
    assert (found.response, found.solved, found.satisfied, found.first_time) == (1, 1, 1, 1)
    assert found.rated_share == 0.5


def test_summary_of_nothing_has_no_rates():
    found = summary([], OCTOBER, LATER, LEVEL_WEIGHTS)
    assert (found.filed, found.closed, found.open, found.overdue) == (0, 0, 0, 0)
    assert (found.on_time, found.satisfied, found.rated_share, found.median_used_minutes) == (None,) * 4


def test_an_open_case_counts_as_open_only_from_its_filing():
    assert summary([open_fact()], OCTOBER, at(10, 10), LEVEL_WEIGHTS).open == 0
    assert summary([open_fact()], OCTOBER, at(10, 12, 10), LEVEL_WEIGHTS).open == 1


@pytest.mark.parametrize(
    ("values", "share", "value"),
    [
        ([7], 0.9, 7),
        ([1, 2], 0.5, 1.5),
        ([1, 2, 3, 4, 5], 0.9, 4.6),
        ([1, 2, 3, 4, 5], 1, 5),
    ],
)
def test_percentiles_are_interpolated(values, share, value):
    assert percentile(values, share) == pytest.approx(value)
