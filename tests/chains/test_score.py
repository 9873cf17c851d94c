from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.metrics import Five, Rates, Tally, Unit, rates
from chains.score import (
    LEVEL_WEIGHTS,
    Score,
    Weights,
    penalty_of,
    ranks,
    score,
    standings,
    three_rates,
    wilson,
)
from tests.chains.cases import LATE_CONTACT, LATE_REPLY, LATE_SIGNATURE, LATER, LEAD, OCTOBER, at, make_fact

NOBODY = Rates(five=Five())
WEIGHTS = Weights()


def city(q0=0.95, s=0.8):
    return Rates(five=Five(0.9, 0.9, s, q0, 0.9), n=100, answers=80, rated=60)


def tally(facts):
    return Tally.over(facts, OCTOBER, LATER)


CITY = city()


def score_of(facts, city=CITY, year=NOBODY, of=Unit.CITY, weights=WEIGHTS) -> Score:
    return score(rates(tally(facts), weights.levels, of), weights, city, year)


def twenty_facts():
    """Vector 1 of score.md §3: 20 cases of level B."""
    facts = [make_fact() for _ in range(20)]
    facts[0] = replace(facts[0], **LATE_SIGNATURE)
    facts[1:3] = [replace(fact, **LATE_REPLY) for fact in facts[1:3]]
    for place, solved in enumerate(["yes"] * 12 + ["partly"] * 2 + ["no"] * 2):
        facts[place] = replace(facts[place], solved=solved)
    for place, stars in enumerate([5] * 6 + [4] * 3 + [3] * 2 + [1]):
        facts[place] = replace(facts[place], stars=stars)
    facts[18] = replace(facts[18], redo_count=1, failed_leads=(LEAD,))
    facts[19] = replace(facts[19], hand_backs_lost=1, failed_leads=(LEAD,))
    return facts


@pytest.mark.parametrize("of", [Unit.CITY, Unit.DEPARTMENT, Unit.CHAIN])
def test_vector_1_one_group_of_level_b(of):
    found = score_of(twenty_facts(), of=of)
    assert found.score == pytest.approx(88.0057, abs=5e-5)
    assert found.five.response == pytest.approx(0.95)
    assert found.five.on_time == pytest.approx(0.90)
    assert found.five.solved == pytest.approx(0.8125)
    assert found.rates.five.satisfied == pytest.approx(0.9)
    assert found.five.satisfied == pytest.approx(0.922727, abs=5e-7)
    assert found.five.first_time == pytest.approx(0.9)
    assert (found.borrowed, found.penalty, found.ranked) == ((), 0, True)


def test_vector_1_loses_five_points_by_one_false_closure():
    facts = twenty_facts()
    facts[5] = replace(facts[5], false_closure=True, false_closure_at=at(10, 28))
    assert score_of(facts).score == pytest.approx(83.0057, abs=5e-5)


def test_vector_2_mixed_levels():
    facts = [
        make_fact(level="A", solved="yes", stars=5),
        make_fact(level="C", solved="partly", stars=3, **LATE_REPLY, **LATE_CONTACT),
        make_fact(level="D", solved="yes"),
    ]
    found = score_of(facts, city(q0=0.9))
    assert found.score == pytest.approx(81.8750, abs=5e-5)
    assert found.five.response == pytest.approx(0.666667, abs=5e-7)
    assert found.five.on_time == pytest.approx(0.666667, abs=5e-7)
    assert found.five.solved == pytest.approx(0.833333, abs=5e-7)
    assert found.rates.five.satisfied == pytest.approx(0.95)
    assert found.five.satisfied == pytest.approx(0.908333, abs=5e-7)
    assert found.five.first_time == 1
    assert not found.ranked  # three cases are too few


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    [
        (1, 3, 0.4385, 1),  # 3 of 3
        (1, 10, 0.7225, 1),  # 10 of 10
        (0.95, 100, 0.8882, 0.9785),  # 95 of 100
        (0, 10, 0, 0.2775),  # mirror image of 10 of 10
    ],
)
def test_wilson_vectors(share, n, low, high):
    assert wilson(share, n) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_no_interval_without_a_case():
    assert wilson(None, 0) is None
    assert score_of([make_fact()]).wilson_satisfied is None


def test_intervals_use_the_unweighted_and_unshrunk_shares():
    found = score_of(twenty_facts())
    assert found.wilson_solved == wilson(13 / 16, 16)
    assert found.wilson_satisfied == pytest.approx(wilson(0.9, 12))


def test_the_hotlines_own_formula():
    points = three_rates(valid=20, contacted=20, solved=17, satisfied=14, basically=4)
    assert points == pytest.approx(87.7)
    assert three_rates(valid=0, contacted=0, solved=0, satisfied=0, basically=0) is None


@pytest.mark.parametrize(
    ("period", "year", "borrowed", "points"),
    [
        # S and Q of the city's period: 10 + 20 + 35·.8 + 25·.95 + 10
        (city(), NOBODY, ("S", "Q"), 91.75),
        # the city has no case either: its last 12 months, 10 + 20 + 35·.6 + 25·.7 + 10
        (NOBODY, city(q0=0.7, s=0.6), ("S", "Q"), 78.5),
        # S from the period, Q from the year: 10 + 20 + 28 + 17.5 + 10
        (replace(city(), five=Five(1, 1, 0.8, None, 1)), city(q0=0.7), ("S", "Q"), 85.5),
        # only S to be had: the weights .1, .2, .35, .1 are scaled to 1
        (replace(city(), five=Five(1, 1, 0.8, None, 1)), NOBODY, ("S",), 100 * (0.4 + 0.28) / 0.75),
        # none: response, on time and first time alone
        (NOBODY, NOBODY, (), 100),
    ],
)
def test_a_rate_without_a_case_is_borrowed_or_left_out(period, year, borrowed, points):
    found = score_of([make_fact()], period, year)
    assert found.borrowed == borrowed
    assert found.score == pytest.approx(points)


def test_without_a_case_there_is_no_score():
    found = score_of([])
    assert (found.score, found.five, found.borrowed, found.ranked) == (None, Five(), (), False)


@pytest.mark.parametrize(
    ("findings", "n", "points"),
    [
        (0, 20, 0),
        (1, 100, 1),
        (1, 20, 5),
        (1, 3, 5),  # small groups are measured as if they had 20
        (4, 20, 20),
        (9, 20, 20),  # never more than 20
    ],
)
def test_findings_of_false_closure_cost_points(findings, n, points):
    assert penalty_of(findings, n, WEIGHTS) == points


def test_a_penalty_never_takes_the_score_below_nothing():
    poor = make_fact(
        solved="no",
        stars=1,
        false_closure=True,
        false_closure_at=at(10, 30),
        redo_count=1,
        **LATE_REPLY,
        **LATE_CONTACT,
    )
    assert score_of([poor] * 5, city(q0=0.0)).score == 0


@pytest.mark.parametrize(
    ("points", "places"),
    [
        ({"a": 90, "b": 80, "c": 70}, {"a": 1, "b": 2, "c": 3}),
        ({"a": 80, "b": 90, "c": 80}, {"a": 2, "b": 1, "c": 2}),
        ({"a": 90, "b": 90 - 5e-10, "c": 70}, {"a": 1, "b": 1, "c": 3}),  # equal but for rounding
        ({"a": 90, "b": 90 - 2e-9}, {"a": 1, "b": 2}),
        ({"a": None, "b": 50}, {"a": None, "b": 1}),  # no case, no place
        ({}, {}),
    ],
)
def test_equal_scores_share_a_place(points, places):
    scores = {unit: Score(value, NOBODY, ranked=value is not None) for unit, value in points.items()}
    assert ranks(scores) == places


def test_too_few_cases_are_scored_but_not_ranked():
    groups = {"small": tally([make_fact()] * 4), "large": tally(twenty_facts()[:5])}
    found = standings(groups, tally(twenty_facts()), Tally(), WEIGHTS, Unit.DEPARTMENT)
    assert [(x.unit, x.rank) for x in found] == [("large", 1), ("small", None)]
    assert found[1].score.score is not None


def test_standings_shrink_to_the_city_and_name_their_version():
    found = standings(
        {LEAD: tally(twenty_facts())}, tally(twenty_facts()), Tally(), Weights(version=7), Unit.DEPARTMENT
    )
    assert found[0].score.five.satisfied == pytest.approx(0.9)  # the city's mean is its own
    assert found[0].score.weights_version == 7


@pytest.mark.parametrize("five", [Five(0, 0, 0, 0, 0), Five(1, -0.1, 0, 0, 0.1)])
def test_weights_that_weigh_nothing_are_refused(five):
    with pytest.raises(ValueError):
        Weights(five=five)


SHARES = st.floats(0, 1)
MAYBE = st.none() | SHARES
RATES = st.builds(
    Rates,
    five=st.builds(Five, SHARES, SHARES, MAYBE, MAYBE, SHARES),
    n=st.integers(1, 500),
    rated=st.integers(1, 400),
    answers=st.just(0),
    false_closures=st.integers(0, 30),
)


@given(RATES, RATES, RATES, st.sampled_from([WEIGHTS, Weights(five=Five(1, 0, 2, 0.5, 0))]))
def test_a_score_lies_between_0_and_100(own, whole, year, weights):
    found = score(own, weights, whole, year)
    assert 0 <= found.score <= 100


@given(RATES, SHARES, SHARES)
def test_a_better_rate_never_costs_points(own, one, other):
    worse, better = sorted([one, other])
    for name in "response", "on_time", "solved", "satisfied", "first_time":
        low, high = (
            score(replace(own, five=replace(own.five, **{name: x})), WEIGHTS, city(), NOBODY).score
            for x in (worse, better)
        )
        assert low <= high + 1e-9


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 100), max_size=12))
def test_a_higher_score_never_stands_lower(points):
    places = ranks({unit: Score(value, NOBODY, ranked=True) for unit, value in points.items()})
    for a in points:
        # The place is one more than the number of units clearly better.
        assert places[a] <= 1 + sum(points[b] > points[a] for b in points)
        for b in points:
            assert points[a] <= points[b] or places[a] <= places[b]


@given(SHARES, st.integers(1, 10000))
def test_an_interval_holds_its_share_and_narrows_with_more_cases(share, n):
    low, high = wilson(share, n)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    wider = wilson(share, max(1, n // 2))
    assert high - low <= wider[1] - wider[0] + 1e-12


def test_the_levels_have_the_weights_of_the_rule():
    assert LEVEL_WEIGHTS == {"S": 0.5, "A": 0.8, "B": 1.0, "C": 1.4, "D": 2.0, "L": 1.0}
