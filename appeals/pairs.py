"""Pairs of signs (二元字组): what a word must have in common with every text that holds it. Decides only.

Chinese is written without spaces: two signs in a row are the shortest piece that says something.
"""

from collections.abc import Iterable
from itertools import pairwise

FEWEST_SIGNS = 2


def words_of(text: str) -> list[str]:
    """The words of a search, each once; letters count the same large and small."""
    return list(dict.fromkeys(text.lower().split()))


def pairs_of(*texts: str) -> list[int]:
    """Every pair of signs inside one of `texts`, as whole numbers that a 32-bit column holds; spaces end a word."""
    return sorted({_packed(a, b) for text in texts for word in text.lower().split() for a, b in pairwise(word)})


def common_pairs(words: Iterable[str]) -> list[int]:
    """The pairs that a text must have that holds all `words`."""
    return pairs_of(*words)


def _packed(a: str, b: str) -> int:
    # Two signs of the Basic Multilingual Plane fit without loss; a rarer one may share its number with another pair,
    # which costs a look at the text and never a wrong hit.
    packed = (ord(a) << 16 ^ ord(b)) & 0xFFFFFFFF
    return packed - (1 << 32) if packed >> 31 else packed
