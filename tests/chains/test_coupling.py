import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.coupling import Grade, couple, coupling, entropy_weights, grade
from chains.metrics import Five, Rates
from chains.score import Score
from chains.taxonomy import Chain


def by_chain(*values):
    return dict(zip(Chain.values, values, strict=True))


def scored(points, ranked=True):
    return Score(points, Rates(five=Five(), n=20 if ranked else 3), ranked=ranked)


@pytest.mark.parametrize(
    ("u", "c", "d", "name", "c_wang", "d_wang", "name_wang"),
    [
        # uneven, none at the ends
        ((0.8, 0.6, 0.7, 0.5, 0.9), 0.9791, 0.8279, "良好协调", 0.7544, 0.7267, "中级协调"),
        ((0.5,) * 5, 1, 0.7071, "中级协调", 1, 0.7071, "中级协调"),  # perfectly even at half
        ((0.1,) * 5, 1, 0.3162, "轻度失调", 1, 0.3162, "轻度失调"),  # evenly bad
        ((0.9, 0.9, 0.9, 0.9, 0.3), 0.9262, 0.8500, "良好协调", 0.7599, 0.7699, "中级协调"),  # one straggler
        ((0.9, 0.9, 0.9, 0.9, 0), 0, 0, "极度失调", 0, 0, "极度失调"),  # one chain stands still
        ((0,) * 5, 0, 0, "极度失调", 0, 0, "极度失调"),  # nothing works: no division by zero
        ((1,) * 5, 1, 1, "优质协调", 1, 1, "优质协调"),  # 1 belongs to the best grade
    ],
)
def test_published_vectors(u, c, d, name, c_wang, d_wang, name_wang):
    found = coupling(by_chain(*u))
    assert found.c == pytest.approx(c, abs=5e-5)
    assert found.d == pytest.approx(d, abs=5e-5)
    assert found.grade == name
    assert found.c_wang == pytest.approx(c_wang, abs=5e-5)
    assert found.d_wang == pytest.approx(d_wang, abs=5e-5)
    assert found.grade_wang == name_wang
    assert found.t == pytest.approx(sum(u) / 5)


@pytest.mark.parametrize(
    ("d", "name"),
    [
        (0, Grade.EXTREME),
        (0.0999, Grade.EXTREME),
        (0.1, Grade.SEVERE),
        (0.2, Grade.MODERATE),
        (0.3, Grade.MILD),  # 0.3 · 10 is 3.0000000000000004 or 2.9999999999999996 by the way it was computed
        (0.4, Grade.NEAR),
        (0.5, Grade.BARE),
        (0.6, Grade.PRIMARY),
        (0.7, Grade.MIDDLE),
        (0.6999999999, Grade.MIDDLE),  # rounded to nine digits it is 0.7
        (0.699999999, Grade.PRIMARY),
        (0.8, Grade.GOOD),
        (0.9, Grade.EXCELLENT),
        (1, Grade.EXCELLENT),
    ],
)
def test_grades_are_cut_at_tenths(d, name):
    assert grade(d) == name


def test_the_weakest_chain_is_named():
    assert coupling(by_chain(0.8, 0.6, 0.7, 0.5, 0.9)).weakest == Chain.CAPITAL


def test_a_chain_too_small_borrows_the_citys_year():
    own = {chain: scored(70) for chain in Chain.values} | {Chain.TALENT.value: scored(10, ranked=False)}
    year = {chain: scored(50) for chain in Chain.values}
    found = couple(own, year)
    assert found.borrowed == ("talent",)
    assert found.chains["talent"] == 0.5
    assert found.coupling.weakest == "talent"


def test_without_enough_cases_anywhere_there_is_no_coupling_but_a_reason():
    own = {chain: scored(70) for chain in Chain.values if chain != "capital"}
    year = {"capital": scored(50, ranked=False)}
    found = couple(own, year)
    assert (found.coupling, found.missing, found.borrowed) == (None, ("capital",), ())


def test_a_score_of_zero_is_a_value_and_not_a_gap():
    own = {chain: scored(70) for chain in Chain.values} | {"service": scored(0)}
    found = couple(own, {})
    assert (found.missing, found.coupling.d, found.coupling.weakest) == ((), 0, "service")


def test_entropy_weights_of_the_published_vector():
    entropies, weights = entropy_weights([(3, 10), (5, 20), (2, 15), (7, 25)], (+1, -1))
    assert entropies == pytest.approx([0.67626, 0.72995], abs=5e-6)
    assert weights == pytest.approx([0.54521, 0.45479], abs=5e-6)


def test_columns_that_tell_nothing_apart_weigh_nothing():
    assert entropy_weights([(1, 5), (2, 5)], (1, 1))[1] == pytest.approx([1, 0])
    assert entropy_weights([(3, 5), (3, 5)], (1, 1))[1] == [0.5, 0.5]  # none does: equal weights


def test_entropy_needs_two_rows():
    with pytest.raises(ValueError):
        entropy_weights([(1, 2)], (1, 1))


U = st.tuples(*[st.floats(0, 1)] * 5)


@given(U)
def test_everything_lies_between_0_and_1(u):
    found = coupling(by_chain(*u))
    for value in found.c, found.t, found.d, found.c_wang, found.d_wang:
        assert 0 <= value <= 1


@given(U, st.randoms(use_true_random=False))
def test_the_order_of_the_chains_does_not_matter(u, shuffler):
    mixed = list(u)
    shuffler.shuffle(mixed)
    one, other = coupling(by_chain(*u)), coupling(by_chain(*mixed))
    assert (one.c, one.t, one.d, one.grade) == (other.c, other.t, other.d, other.grade)
    assert (one.c_wang, one.d_wang) == (other.c_wang, other.d_wang)


@given(st.floats(0.001, 1))
def test_even_chains_are_fully_coupled(value):
    found = coupling(by_chain(*[value] * 5))
    assert (found.c, found.c_wang) == (pytest.approx(1), pytest.approx(1))
    assert found.d == pytest.approx(value**0.5)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_degree_never_has_a_lower_grade(one, other):
    low, high = sorted([one, other])
    grades = list(Grade)
    assert grades.index(grade(low)) <= grades.index(grade(high))


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=2, max_size=20))
def test_entropy_weights_share_out_one_whole(rows):
    entropies, weights = entropy_weights(rows, (1, -1))
    assert sum(weights) == pytest.approx(1)
    assert all(-1e-9 <= weight <= 1 + 1e-9 for weight in weights)
    assert all(-1e-9 <= entropy <= 1 + 1e-9 for entropy in entropies)
