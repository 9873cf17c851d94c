"""From a text to one of the topics (归链): a linear model over character n-grams, with calibrated probabilities.

It is learned in learning.py; here are only arrays and sums, so that a web process never loads a learning library.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import numpy as np

from routing.features import LONGEST, grams, joined, places

FORM = 2  # of the blob; raised when its arrays or the features they belong to change
OUT_OF_SCOPE = ""  # the class of texts that are not an enterprise's appeal
SHOWN = 5  # alternatives
STRONG = 0.3  # probability of a second topic that counts
NEVER = 2.0  # a confidence that no answer reaches
_MOST_REASONS = 4
_LOUD = 0.5  # two characters belong to a phrase if they speak this much of what the loudest two do
_WHISPER = 0.4  # logits: what speaks less is no reason
_REACH = 4  # characters to either side of a phrase in which its word is looked for
_SILENT = 0.25  # at the edge of a phrase, of what its loudest character speaks
# Signs that begin or end a phrase only because the cut fell there.
_GLUE = "的了是在我们有和与及也都就还被把对向从到给让请要想能会可以个这那哪些么吗呢吧啊不没一0"


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
    """softmax(scale · (x · weights + bias)), x being the TF-IDF vector of the text's n-grams, of length 1."""

    classes: tuple[str, ...]  # codes of topics, and OUT_OF_SCOPE where it was taught
    vocabulary: tuple[str, ...]
    idf: np.ndarray  # of each n-gram
    weights: np.ndarray  # n-gram × class
    bias: np.ndarray
    words: tuple[str, ...] = ()  # whole words, to show reasons by
    scale: float = 1.0
    sure_from: float = NEVER  # confidence from which an appeal may be dispatched at once
    strange_from: float = NEVER  # probability from which a text is out of scope

    @cached_property
    def rows(self) -> dict[str, int]:
        return {gram: row for row, gram in enumerate(self.vocabulary)}

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self.words)

    def vector(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the text's n-grams and their values."""
        rows = self.rows
        counts = Counter(row for row in map(rows.get, grams(text)) if row is not None)
        found = np.fromiter(counts.keys(), np.intp, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[found]
        return found, values / (np.linalg.norm(values) or 1)

    def topics_by(self, probable: np.ndarray) -> list[int]:
        """The places of the topics among the classes, the most probable first."""
        return [place for place in np.argsort(-probable).tolist() if self.classes[place] != OUT_OF_SCOPE]

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
            words=_packed(self.words),
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
                _unpacked(parts["words"]),
                *parts["settings"].tolist(),
            )


def _packed(words: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _unpacked(letters: np.ndarray) -> tuple[str, ...]:
    return tuple(letters.tobytes().decode().split("\n"))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Along the last axis."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
    return grown / grown.sum(axis=-1, keepdims=True)


def predict(model: Model, title: str, description: str) -> Classification:
    """What one appeal is about, with the words that spoke for each of the five most probable topics."""
    text = joined(title, description)
    found, values = model.vector(text)
    shares = values[:, None] * model.weights[found]  # what each n-gram adds to each class
    probable = model.probabilities(shares.sum(axis=0) + model.bias)
    shown = model.topics_by(probable)[:SHOWN]
    usual = shares.sum(axis=1, keepdims=True) / max(1, len(model.classes))
    spoken = _spoken(model, text, found, shares[:, shown] - usual)
    told = reasons(f"{title}\n{description}", text, model.scale * spoken, model.known)
    return answer(model, probable, told, is_known=len(found) > 0)


def predict_many(model: Model, texts: Iterable[tuple[str, str]]) -> list[Classification]:
    """As predict, for titles and descriptions in bulk, without reasons."""
    vectors = (model.vector(joined(*text)) for text in texts)
    return [
        answer(model, model.probabilities(values @ model.weights[found] + model.bias), is_known=len(found) > 0)
        for found, values in vectors
    ]


def answer(
    model: Model, probable: np.ndarray, words: Sequence[tuple[str, ...]] = ((),) * SHOWN, *, is_known: bool = True
) -> Classification:
    """What `model` says where these are the probabilities of its classes; `words`: the reasons of the best.

    `is_known` False: no n-gram of the text was ever seen, so that the probabilities say nothing of it.
    """
    topics = model.topics_by(probable)
    if not topics:
        return Classification(None, 0.0, auto=False, out_of_scope=False, alternatives=())
    strange = float(probable[model.classes.index(OUT_OF_SCOPE)]) if OUT_OF_SCOPE in model.classes else 0.0
    is_strange = is_known and strange >= model.strange_from
    is_ours = is_known and not is_strange
    best, second = (float(probable[place]) for place in (topics + topics)[:2])
    return Classification(
        topic=model.classes[topics[0]] if is_ours else None,
        confidence=strange if is_strange else best,
        auto=is_ours and best >= model.sure_from,
        out_of_scope=is_strange,
        alternatives=tuple(
            Candidate(model.classes[place], float(probable[place]), why)
            for place, why in zip(topics[:SHOWN], words, strict=False)
        ),
        second=model.classes[topics[1]] if is_ours and len(topics) > 1 and second >= STRONG else None,
    )


def _spoken(model: Model, text: str, found: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """How much each character of `text` spoke for each of the classes: every n-gram shared out among its own."""
    positions = {row: place for place, row in enumerate(found.tolist())}
    which = np.array([positions.get(row, -1) for row in map(model.rows.get, grams(text))], dtype=np.intp)
    starts, lengths = (np.array(numbers, dtype=np.intp) for numbers in places(text))
    spoken = np.zeros((len(text) + LONGEST, shares.shape[1]), dtype=np.float32)
    for length in range(1, LONGEST + 1):
        chosen = (lengths == length) & (which >= 0)
        parts = np.zeros_like(spoken)
        parts[starts[chosen]] = shares[which[chosen]] / length
        for shift in range(length):
            spoken[shift:] += parts[: len(parts) - shift]
    return spoken[: len(text)]


def reasons(written: str, text: str, spoken: np.ndarray, known: Set[str]) -> list[tuple[str, ...]]:
    """For each class the phrases of `text` that spoke most for it, as they were written; none within another.

    `spoken`: character × class, in logits. A phrase that is part of a word on the lists is shown as that word.
    """
    is_letter = np.array([sign.isalpha() for sign in text], dtype=bool)
    pairs = (spoken[:-1] + spoken[1:]) * (is_letter[:-1] & is_letter[1:])[:, None]
    # Sign by sign: İ becomes two signs in lower case, and every place after it would shift.
    lower = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in written)
    told = []
    for characters, neighbours in zip(spoken.T.tolist(), pairs.T.tolist(), strict=True):
        phrases = _phrases(text, characters, neighbours, known)
        found = ((lower.find(phrase), len(phrase)) for phrase in phrases)
        # Full-width letters were made half-width: those are not found again, and left out.
        told.append(tuple(written[place : place + size] for place, size in found if place >= 0))
    return told


def _phrases(text: str, spoken: list[float], pairs: list[float], known: Set[str]) -> list[str]:
    """Neighbouring characters that speak loudly together, the heaviest phrases first."""
    least = max(max(pairs, default=0.0) * _LOUD, _WHISPER)
    weighed = sorted(((sum(pairs[start:end]), start, end + 1) for start, end in _runs(pairs, least)), reverse=True)
    chosen: list[str] = []
    for _weight, start, end in weighed:
        phrase = _word_around(text, *_trimmed(text, spoken, start, end), known)
        if not any(phrase in other or other in phrase for other in chosen):
            chosen.append(phrase)
        if len(chosen) == _MOST_REASONS:
            break
    words = [phrase for phrase in chosen if phrase in known]
    return words if len(words) > 1 else chosen  # with words to show, what the cut left over only confuses


def _runs(values: list[float], least: float) -> Iterator[tuple[int, int]]:
    """Start and end of each stretch of values of `least` or more."""
    start = None
    for place, value in enumerate(values):
        if value >= least:
            start = place if start is None else start
        elif start is not None:
            yield start, place
            start = None
    if start is not None:
        yield start, len(values)


def _trimmed(text: str, spoken: list[float], start: int, end: int) -> tuple[int, int]:
    """The phrase without what is silent at its edges, but of two characters at least."""
    least = max(spoken[start:end]) * _SILENT
    while end - start > 2 and (spoken[end - 1] < least or text[end - 1] in _GLUE):
        end -= 1
    while end - start > 2 and (spoken[start] < least or text[start] in _GLUE):
        start += 1
    return start, end


def _word_around(text: str, start: int, end: int, known: Set[str]) -> str:
    """The longest known word at this place that contains the phrase, else the longest in it, else the phrase."""
    around = _within(text, range(max(0, start - _REACH), start + 1), range(end, min(len(text), end + _REACH) + 1))
    inside = _within(text, range(start, end - 1), range(start + 2, end + 1))
    for words in (around, inside):
        if found := [word for word in words if word in known]:
            return max(found, key=len)
    return text[start:end]


def _within(text: str, firsts: range, lasts: range) -> Iterator[str]:
    return (text[first:last] for first in firsts for last in lasts if last - first > 1)
