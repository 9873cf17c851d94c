"""How alike two texts are: cosine of their character pairs. Decides only; the rows are handed in."""

from collections import Counter
from collections.abc import Callable, Iterable
from math import sqrt
from operator import add
from typing import TypeVar

T = TypeVar("T")

ALIKE = 0.35


def pairs(text: str) -> Counter:
    """The character bigrams of `text`, letters and signs only."""
    signs = [sign for sign in text.lower() if sign.isalnum()]
    return Counter(map(add, signs, signs[1:]))


def likeness(one: Counter, other: Counter) -> float:
    """Cosine similarity in 0…1; 0 where a text is empty."""
    shared = sum(count * other[pair] for pair, count in one.items() if pair in other)
    size = sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return shared / size if size else 0.0


def alike(text: str, rows: Iterable[T], text_of: Callable[[T], str], *, most: int, at_least: float = ALIKE) -> list[T]:
    """Those of `rows` whose text is alike to `text`, most alike first."""
    wanted = pairs(text)
    ranked = sorted(
        ((likeness(wanted, pairs(text_of(row))), index, row) for index, row in enumerate(rows)), reverse=True
    )
    return [row for score, _index, row in ranked[:most] if score >= at_least]
