"""From rates to the score of a group (综合得分), its rank and how sure it is (score.md §3)."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from chains.metrics import LETTERS, Five, Rates, Tally, Unit, rates

Z_95 = 1.959964  # two-sided 95 % of the normal distribution
TIE = 1e-9  # scores closer than this share a rank

FIVE_WEIGHTS = Five(response=0.10, on_time=0.20, solved=0.35, satisfied=0.25, first_time=0.10)
LEVEL_WEIGHTS = {"S": 0.5, "A": 0.8, "B": 1.0, "C": 1.4, "D": 2.0, "L": 1.0}
NOTHING = Five()


@dataclass(frozen=True)
class Weights:
    """One dated version of the rule; the defaults are those of score.md §3, the rows are `ScoreRule`."""

    version: int = 1
    five: Five = FIVE_WEIGHTS
    levels: Mapping[str, float] = field(default_factory=lambda: dict(LEVEL_WEIGHTS))
    shrinkage: float = 10  # m: how many ratings of the city a group's own are mixed with
    penalty: float = 100  # points × findings of false closure / cases
    penalty_cap: float = 20
    penalty_floor_n: int = 20
    smallest_n: int = 5  # below it: too few cases (样本不足), no rank

    def __post_init__(self):
        weights = asdict(self.five).values()
        if min(weights) < 0 or math.fsum(weights) <= 0:
            raise ValueError("the five weights must not be negative, nor all be zero")


@dataclass(frozen=True)
class Score:
    """A score, 0…100, with all it must be shown with; None: the group had no case."""

    score: float | None
    rates: Rates
    five: Five = NOTHING  # as weighed: satisfaction shrunk, gaps filled with borrowed values
    borrowed: tuple[str, ...] = ()  # letters of the rates taken from the city
    penalty: float = 0.0
    ranked: bool = False  # enough cases to be compared
    wilson_solved: tuple[float, float] | None = None
    wilson_satisfied: tuple[float, float] | None = None
    weights_version: int = 1


def score(own: Rates, weights: Weights, city: Rates, city_year: Rates) -> Score:
    """The score of a group in a period P, score.md §3.

    `city` holds the rates of the whole city in P, `city_year` those of the city in the 12 months that end
    with P: a rate the group has no case for is taken from the first of them that has one, or else left out
    and the other weights scaled up.
    """
    if own.n == 0:
        return Score(None, own, weights_version=weights.version)
    five, borrowed = _fill(replace(own.five, satisfied=_shrunk(own, weights, city)), city.five, city_year.five)
    penalty = penalty_of(own.false_closures, own.n, weights)
    return Score(
        score=min(100.0, max(0.0, 100 * _weighed_mean(five, weights.five) - penalty)),
        rates=own,
        five=five,
        borrowed=borrowed,
        penalty=penalty,
        ranked=own.n >= weights.smallest_n,
        wilson_solved=wilson(own.solved_mean, own.answers),
        wilson_satisfied=wilson(own.five.satisfied, own.rated),
        weights_version=weights.version,
    )


def penalty_of(findings: int, n: int, weights: Weights) -> float:
    """Points taken off for findings of false closure; a floor of N keeps one from sinking a small office."""
    return min(weights.penalty_cap, weights.penalty * findings / max(n, weights.penalty_floor_n, 1))


def _shrunk(own: Rates, weights: Weights, city: Rates) -> float | None:
    """Few ratings say little: they are mixed with m ratings of the city's mean."""
    q, q0, m = own.five.satisfied, city.five.satisfied, weights.shrinkage
    if q is None or q0 is None:
        return q
    return (own.rated * q + m * q0) / (own.rated + m)


def _fill(own: Five, *lenders: Five) -> tuple[Five, tuple[str, ...]]:
    lent = {}
    for name, value in asdict(own).items():
        offers = [getattr(lender, name) for lender in lenders if getattr(lender, name) is not None]
        if value is None and offers:
            lent[name] = offers[0]
    return replace(own, **lent), tuple(LETTERS[name] for name in lent)


def _weighed_mean(five: Five, weights: Five) -> float:
    pairs = [(getattr(weights, name), value) for name, value in asdict(five).items() if value is not None]
    whole = math.fsum(weight for weight, _ in pairs)
    return math.fsum(weight * value for weight, value in pairs) / whole if whole else 0.0


def wilson(share: float | None, n: int, z: float = Z_95) -> tuple[float, float] | None:
    """Wilson's interval of a share seen in n cases; None without a case."""
    if share is None or n == 0:
        return None
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(max(0.0, share * (1 - share)) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def ranks(scores: Mapping[str, Score]) -> dict[str, int | None]:
    """Place of each unit from the best down; equal scores share a place, and the next place is left free."""
    placed: dict[str, int | None] = dict.fromkeys(scores)
    able = [(found.score, unit) for unit, found in scores.items() if found.ranked and found.score is not None]
    place, best = 0, math.inf
    for count, (points, unit) in enumerate(sorted(able, key=lambda pair: -pair[0]), start=1):
        if best - points > TIE:
            place, best = count, points
        placed[unit] = place
    return placed


@dataclass(frozen=True)
class Standing:
    unit: str
    score: Score
    rank: int | None  # None: too few cases to be compared


def standings(groups: Mapping[str, Tally], city: Tally, city_year: Tally, weights: Weights, of: Unit) -> list[Standing]:
    """Score and rank of every unit, the best first, those without a rank last."""
    whole, year = (rates(tally, weights.levels, Unit.CITY) for tally in (city, city_year))
    scores = {unit: score(rates(tally, weights.levels, of), weights, whole, year) for unit, tally in groups.items()}
    placed = ranks(scores)
    found = [Standing(unit, scores[unit], placed[unit]) for unit in scores]
    return sorted(found, key=lambda standing: (standing.rank or math.inf, standing.unit))


def three_rates(*, valid: int, contacted: int, solved: int, satisfied: int, basically: int) -> float | None:
    """三率, a district hotline's own formula kept as a report option: 0…100; None without a valid case."""
    if valid == 0:
        return None
    return 100 * (0.1 * contacted + 0.5 * solved + 0.4 * (satisfied + 0.9 * basically)) / valid
