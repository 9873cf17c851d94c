"""From a text to one of the topics (归链): a linear model over character n-grams, with calibrated probabilities.

It is learned in learning.py; here are only arrays and sums, so that a web process never loads a learning library.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import numpy as np

from routing.features import grams, joined

OUT_OF_SCOPE = ""  # the class of texts that are not an enterprise's appeal
SHOWN = 5  # alternatives
STRONG = 0.3  # probability of a second topic that counts
UNTOLD = 1e-6  # spread of probabilities under which the text said nothing
NEVER = 2.0  # a confidence that no answer reaches
_MOST_REASONS = 4
# Signs that begin or end a phrase only because the cut fell there.
_GLUE = frozenset("的了是在我们有和与及也都就还被把对向从到给让请要想能会可以个这那哪些么吗呢吧啊不没一0")


@dataclass(frozen=True)
class Candidate:
    topic: str
    confidence: float  # calibrated probability
    reasons: tuple[str, ...]  # the words of the text that spoke most for it


@dataclass(frozen=True)
class Classification:
    """`topic` None: out of scope, or no word of it is known; then a person decides.

    `auto`: as sure as answers of which at least 97 in 100 were right on held-out texts.
    """

    topic: str | None
    confidence: float
    auto: bool
    out_of_scope: bool
    alternatives: tuple[Candidate, ...]
    second: str | None = None  # another topic that the text strongly speaks for as well


@dataclass(frozen=True)
class Model:
    """softmax(scale · (x · weights + bias)), x being the TF-IDF vector of a text's n-grams, of length 1."""

    classes: tuple[str, ...]  # codes of topics, and OUT_OF_SCOPE where it was taught
    vocabulary: tuple[str, ...]
    idf: np.ndarray  # of each n-gram
    weights: np.ndarray  # n-gram × class
    bias: np.ndarray
    scale: float = 1.0
    sure_from: float = NEVER  # confidence from which an appeal may be dispatched at once
    strange_from: float = NEVER  # probability from which a text is out of scope

    @cached_property
    def rows(self) -> dict[str, int]:
        return {gram: row for row, gram in enumerate(self.vocabulary)}

    def vector(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the text's n-grams and their values."""
        rows = self.rows
        counts = Counter(row for row in map(rows.get, grams(text)) if row is not None)
        found = np.fromiter(counts.keys(), np.intp, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[found]
        return found, values / (np.linalg.norm(values) or 1)

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        return softmax(self.scale * scores)

    def to_bytes(self) -> bytes:
        """One npz without pickles: safe to read from a database row."""
        buffer = BytesIO()
        np.savez(
            buffer,
            classes=_packed(self.classes),
            vocabulary=_packed(self.vocabulary),
            idf=self.idf.astype(np.float32),
            weights=self.weights.astype(np.float16),
            bias=self.bias.astype(np.float32),
            settings=np.array([self.scale, self.sure_from, self.strange_from]),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, blob: bytes) -> "Model":
        with np.load(BytesIO(blob), allow_pickle=False) as parts:
            return cls(
                _unpacked(parts["classes"]),
                _unpacked(parts["vocabulary"]),
                parts["idf"],
                parts["weights"].astype(np.float32),
                parts["bias"],
                *parts["settings"].tolist(),
            )


def _packed(words: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _unpacked(letters: np.ndarray) -> tuple[str, ...]:
    return tuple(letters.tobytes().decode().split("\n"))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Along the last axis."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def predict(model: Model, title: str, description: str) -> Classification:
    """What one appeal is about, with the words that spoke for each of the five most probable topics."""
    text = joined(title, description)
    found, values = model.vector(text)
    shares = values[:, None] * model.weights[found]  # what each n-gram adds to each class
    probable = model.probabilities(shares.sum(axis=0) + model.bias)
    words = [model.vocabulary[row] for row in found]
    return _answer(model, probable, lambda place: reasons(text, words, shares, place))


def predict_many(model: Model, texts: Iterable[tuple[str, str]]) -> list[Classification]:
    """As predict, for titles and descriptions in bulk, without reasons."""
    vectors = (model.vector(joined(*text)) for text in texts)
    return [
        _answer(model, model.probabilities(values @ model.weights[found] + model.bias), lambda _place: ())
        for found, values in vectors
    ]


def _answer(model: Model, probable: np.ndarray, reasons_for) -> Classification:
    topics = [int(place) for place in np.argsort(-probable) if model.classes[place] != OUT_OF_SCOPE]
    if not topics:
        return Classification(None, 0.0, auto=False, out_of_scope=False, alternatives=())
    strange = 0.0
    if OUT_OF_SCOPE in model.classes:
        strange = float(probable[model.classes.index(OUT_OF_SCOPE)])
    is_strange = strange >= model.strange_from
    best, second = (float(probable[place]) for place in (topics + topics)[:2])
    is_known = best - float(probable[topics[-1]]) > UNTOLD
    return Classification(
        topic=model.classes[topics[0]] if is_known and not is_strange else None,
        confidence=strange if is_strange else best,
        auto=not is_strange and best >= model.sure_from,
        out_of_scope=is_strange,
        alternatives=tuple(
            Candidate(model.classes[place], float(probable[place]), reasons_for(place)) for place in topics[:SHOWN]
        ),
        second=model.classes[topics[1]] if len(topics) > 1 and second >= STRONG and not is_strange else None,
    )


def reasons(text: str, words: Sequence[str], shares: np.ndarray, place: int) -> tuple[str, ...]:
    """The phrases of `text` that spoke most for the class at `place`: two characters or more, none within another."""
    speaks = shares[:, place] - shares.mean(axis=1)
    weight = {word: float(speaks[row]) for row, word in enumerate(words)}
    phrases = {
        phrase: sum(weight.get(part, 0.0) for part in grams(phrase))
        for phrase in {_trimmed(word) for word, share in weight.items() if share > 0}
        if len(phrase) > 1 and phrase in text
    }
    chosen: list[str] = []
    for phrase in sorted(phrases, key=phrases.get, reverse=True):
        if len(chosen) == _MOST_REASONS or phrases[phrase] <= 0:
            break
        if not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return tuple(chosen)


def _trimmed(word: str) -> str:
    while word and word[0] in _GLUE:
        word = word[1:]
    while word and word[-1] in _GLUE:
        word = word[:-1]
    return word


def _overlap(one: str, other: str) -> bool:
    return not {one[i : i + 2] for i in range(len(one) - 1)}.isdisjoint(other[i : i + 2] for i in range(len(other) - 1))
