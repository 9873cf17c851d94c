"""What a text is made of, for the classifier: single characters and pairs. Decides only."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 2  # characters of an n-gram
READ = 2000  # characters: what decides stands early, and a long text must not cost more than a short one
_RUN = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Text:
    """A text whose topic is known; an empty topic means out of scope."""

    title: str
    description: str
    topic: str


def tidy(text: str) -> str:
    """Half-width, lower case, every number as 0: amounts and dates say nothing about the matter."""
    return _DIGITS.sub("0", unicodedata.normalize("NFKC", text).lower())


def joined(title: str, description: str) -> str:
    """The text that is classified: the title twice, for it names the matter."""
    return tidy(f"{title}\n{title}\n{description[:READ]}")


def grams(text: str) -> list[str]:
    """The characters and pairs of a tidy text, with repetitions, none across a punctuation mark."""
    found = []
    for run in _RUN.findall(text):
        size = len(run)
        for length in range(1, min(LONGEST, size) + 1):
            found += [run[start : start + length] for start in range(size - length + 1)]
    return found


def places(text: str) -> tuple[list[int], list[int]]:
    """Start and length of each of the `grams` of the text, in their order."""
    starts, lengths = [], []
    for run in _RUN.finditer(text):
        first, last = run.span()
        for length in range(1, min(LONGEST, last - first) + 1):
            count = last - first - length + 1
            starts += range(first, first + count)
            lengths += [length] * count
    return starts, lengths
