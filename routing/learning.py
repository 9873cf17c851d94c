"""How the classifier is taught: ridge regression over n-grams, in its dual form. Decides only.

The dual form gives every text's score by the model that never saw it or its near-duplicates without a second fit
(f_g = y_g − S_gg⁻¹ a_g, S = (K + λI)⁻¹, a = S·y), so that calibration and thresholds cost next to nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.sparse.csgraph import connected_components

from routing.classification import NEVER, OUT_OF_SCOPE, Model
from routing.features import grams, joined, tidy

RIDGE = 0.5
HINT_WEIGHT = 0.6  # an alias teaches less than a text that somebody wrote
ALIKE = 0.7  # cosine of TF-IDF 3-grams from which two texts are near-duplicates
UNCALIBRATED = 8.0  # scale where there are no texts to measure it on
RIGHT = 0.97  # share of the answers dispatched at once that have to be right


@dataclass(frozen=True)
class Text:
    title: str
    description: str
    topic: str  # OUT_OF_SCOPE is one


@dataclass(frozen=True)
class Taught:
    """`held_out`: for each text the probabilities given by a model that had not seen it or one like it."""

    model: Model
    held_out: np.ndarray


def learn(texts: Sequence[Text], hints: Sequence[tuple[str, str]] = ()) -> Taught:
    """A calibrated model of `texts`; `hints` are words and the topic they speak for (the taxonomy's aliases)."""
    written = [joined(text.title, text.description) for text in texts]
    short = [tidy(word) for word, _topic in hints]
    # A single rare word of a long text is chance; of an alias it is the point.
    vocabulary, idf = _vocabulary([*written, *short], shared_by=2 if texts else 1)
    vectors = _vectors([*written, *short], vocabulary, idf)
    weight = np.repeat([1.0, HINT_WEIGHT], [len(written), len(short)])
    classes = tuple(sorted({text.topic for text in texts} | {topic for _word, topic in hints}))
    labels = [text.topic for text in texts] + [topic for _word, topic in hints]
    wanted = np.array([[label == one for one in classes] for label in labels], dtype=float)
    bias = np.full(len(classes), 0.0)
    vectors = sparse.diags_array(weight) @ vectors
    solved, scores = _ridge(vectors, wanted * weight[:, None], groups(written))
    weights = (vectors.T @ solved).astype(np.float32)
    model = Model(classes, vocabulary, idf, weights, bias)
    if not texts:
        return Taught(replace(model, scale=UNCALIBRATED), np.zeros((0, len(classes))))
    places = np.array([classes.index(text.topic) for text in texts])
    model = replace(model, scale=_scale(scores, places))
    held_out = model.probabilities(scores)
    strange_from = NEVER
    if OUT_OF_SCOPE in classes:
        strange_from = 0.5
    return Taught(replace(model, strange_from=strange_from, sure_from=_sure_from(held_out, places)), held_out)


def _vocabulary(texts: Sequence[str], shared_by: int = 2) -> tuple[tuple[str, ...], np.ndarray]:
    """The n-grams that `shared_by` texts or more contain, and their inverse document frequencies."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(grams(text)))
    kept = sorted(gram for gram, count in seen.items() if count >= shared_by)
    counts = np.array([seen[gram] for gram in kept], dtype=np.float32)
    return tuple(kept), (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)


def _vectors(texts: Sequence[str], vocabulary: Sequence[str], idf: np.ndarray) -> sparse.csr_array:
    model = Model((), tuple(vocabulary), idf, np.zeros((0, 0)), np.zeros(0))
    rows, values, ends = [], [], [0]
    for text in texts:
        found, weighed = model.vector(text)
        rows.append(found)
        values.append(weighed)
        ends.append(ends[-1] + len(found))
    return sparse.csr_array((np.concatenate(values), np.concatenate(rows), ends), shape=(len(texts), len(vocabulary)))


def _ridge(vectors, wanted: np.ndarray, alike: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The dual solution, and the held-out scores of the first len(alike) rows, group by group."""
    kernel = (vectors @ vectors.T).toarray().astype(float)
    kernel[np.diag_indices_from(kernel)] += RIDGE
    inverse = np.linalg.inv(kernel)
    solved = inverse @ wanted
    scores = np.empty((len(alike), wanted.shape[1]))
    for rows in members(alike):
        scores[rows] = wanted[rows] - np.linalg.solve(inverse[np.ix_(rows, rows)], solved[rows])
    return solved, scores


def groups(texts: Sequence[str]) -> np.ndarray:
    """For each text the number of its group of near-duplicates."""
    if not texts:
        return np.zeros(0, dtype=int)
    vocabulary, idf = _vocabulary(texts)
    of_three = np.array([len(gram) == 3 for gram in vocabulary])
    vectors = _vectors(texts, [gram for gram in vocabulary if len(gram) == 3], idf[of_three])
    near = (vectors @ vectors.T).tocsr()
    near.data = near.data >= ALIKE
    near.eliminate_zeros()
    return connected_components(near, directed=False)[1]


def members(of: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of each group."""
    order = np.argsort(of, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(of[order])) + 1)


def _scale(scores: np.ndarray, places: np.ndarray) -> float:
    """The temperature at which held-out probabilities fit best (least log loss)."""

    def loss(logarithm: float) -> float:
        grown = np.exp(logarithm) * scores
        peak = grown.max(axis=1)
        total = peak + np.log(np.exp(grown - peak[:, None]).sum(axis=1))
        return float((total - grown[np.arange(len(places)), places]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 5), method="bounded").x))


def _sure_from(held_out: np.ndarray, places: np.ndarray) -> float:
    """The lowest confidence above which RIGHT of the held-out answers are right; NEVER where there is none."""
    best = held_out.max(axis=1)
    right = (held_out.argmax(axis=1) == places)[np.argsort(-best)]
    shares = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(shares >= RIGHT)
    return float(np.sort(best)[::-1][enough[-1]]) if len(enough) else NEVER
