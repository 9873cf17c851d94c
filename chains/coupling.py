"""How evenly the five chains go together (诉求侧耦合协调度, score.md §4).

It measures friction seen in appeals, not the chains themselves.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chains.score import Score
from chains.taxonomy import Chain


class Grade(TextChoices):
    """Ten grades of D, left-closed tenths, worst first; 1 belongs to the best."""

    EXTREME = "极度失调", _("Extreme disorder")
    SEVERE = "严重失调", _("Severe disorder")
    MODERATE = "中度失调", _("Moderate disorder")
    MILD = "轻度失调", _("Mild disorder")
    NEAR = "濒临失调", _("Near disorder")
    BARE = "勉强协调", _("Bare coordination")
    PRIMARY = "初级协调", _("Primary coordination")
    MIDDLE = "中级协调", _("Intermediate coordination")
    GOOD = "良好协调", _("Good coordination")
    EXCELLENT = "优质协调", _("Excellent coordination")


@dataclass(frozen=True)
class Coupling:
    """C, T, D and Wang's variant, each 0…1; always shown together with the weakest chain."""

    c: float
    t: float
    d: float
    grade: Grade
    c_wang: float
    d_wang: float
    grade_wang: Grade
    weakest: str


@dataclass(frozen=True)
class Coupled:
    """The coupling of a scope, or None with the chains too small to say (`missing`)."""

    coupling: Coupling | None
    chains: dict[str, float | None]  # U, 0…1
    borrowed: tuple[str, ...] = ()  # chains shown with the city's last 12 months
    missing: tuple[str, ...] = ()


def couple(own: Mapping[str, Score], city_year: Mapping[str, Score]) -> Coupled:
    """The coupling of the five chains in a scope and period P.

    `own`: score by chain. `city_year`: score by chain of the whole city in the 12 months that end with P;
    a chain with too few cases of its own borrows it, since 0 would call silence a failure.
    """
    values: dict[str, float | None] = {}
    borrowed = []
    for chain in Chain.values:
        values[chain] = _value(own.get(chain))
        if values[chain] is None:
            values[chain] = _value(city_year.get(chain))
            borrowed += [chain] if values[chain] is not None else []
    missing = tuple(chain for chain, value in values.items() if value is None)
    return Coupled(None if missing else coupling(values), values, tuple(borrowed), missing)


def _value(found: Score | None) -> float | None:
    return found.score / 100 if found and found.ranked and found.score is not None else None


def coupling(values: Mapping[str, float]) -> Coupling:
    """C, T and D of the chains' values U (0…1, on frozen goalposts: score / 100)."""
    u = list(values.values())
    t = math.fsum(u) / len(u)
    c, c_wang = coupling_degree(u), wang_degree(u)
    d, d_wang = math.sqrt(c * t), math.sqrt(c_wang * t)
    return Coupling(c, t, d, grade(d), c_wang, d_wang, grade(d_wang), weakest=min(values, key=values.get))


def coupling_degree(u: Sequence[float]) -> float:
    """C = n·(ΠU)^(1/n) / ΣU, 0 if all are 0."""
    total = math.fsum(u)
    # Sorted, so that the order of the chains cannot change the last digit.
    return min(1.0, len(u) * math.prod(sorted(u)) ** (1 / len(u)) / total) if total else 0.0


def wang_degree(u: Sequence[float]) -> float:
    """C after Wang et al. 2021: it spreads over 0…1 where the classic one crowds near 1; 0 if all are 0."""
    n, highest = len(u), max(u)
    if highest == 0:
        return 0.0
    apart = math.fsum(abs(a - b) for a, b in combinations(u, 2)) / (n * (n - 1) / 2)
    product = math.prod(sorted(x / highest for x in u))
    return math.sqrt(max(0.0, 1 - apart) * product ** (1 / (n - 1)))


def grade(d: float) -> Grade:
    """The grade of D (0…1); D is rounded to 9 digits first, so that 0.7 computed as 0.69999999999 is 0.7."""
    return list(Grade)[min(9, math.floor(round(d, 9) * 10 + 1e-9))]


def entropy_weights(rows: Sequence[Sequence[float]], signs: Sequence[int]) -> tuple[list[float], list[float]]:
    """Entropy and weight of each column of at least two rows; sign +1: more is better, −1: less is better.

    For the analysis page only: weights of a sample change with the sample, a score's must not.
    """
    if len(rows) < 2:
        raise ValueError("entropy weights need at least two rows")
    entropies = [_entropy(column, sign) for column, sign in zip(zip(*rows, strict=True), signs, strict=True)]
    spread = [1 - e for e in entropies]
    whole = math.fsum(spread)
    if whole <= 1e-12:  # no column tells the rows apart
        return entropies, [1 / len(spread)] * len(spread)
    return entropies, [d / whole for d in spread]


def _entropy(column: Sequence[float], sign: int) -> float:
    low, high = min(column), max(column)
    reach = (high - low) or 1.0
    shifted = [((x - low) if sign > 0 else (high - x)) / reach + 1e-4 for x in column]
    whole = math.fsum(shifted)
    return -math.fsum(x / whole * math.log(x / whole) for x in shifted) / math.log(len(column))
