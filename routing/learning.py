"""How the classifier is taught: linear support vectors over n-grams, calibrated on texts they had not seen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

from routing.classification import NEVER, OUT_OF_SCOPE, Model, softmax
from routing.features import Text, grams, joined, tidy

FOLDS = 5
HINT_WEIGHT = 0.3  # a word teaches less than a text that somebody wrote
ALIKE = 0.7  # cosine of TF-IDF 3-grams from which two texts are near-duplicates
RIGHT = 0.97  # share of the answers dispatched at once that have to be right
ENOUGH = 30  # answers on which such a share may rest
# A false alarm costs a person's glance, a stray text taken for an appeal an office's morning.
FALSE_ALARMS = 0.02
UNCALIBRATED = 4.0  # scale where there are no texts to measure it on
_SEED = 2026


@dataclass(frozen=True)
class Taught:
    """`held_out`: for each text the probabilities given by a model that had not seen it or one like it."""

    model: Model
    held_out: np.ndarray


@dataclass(frozen=True)
class Lessons:
    """What is learned from: the texts' vectors first, those of the hints after them."""

    vectors: sparse.csr_array
    places: np.ndarray  # the class of each row
    weight: np.ndarray
    classes: tuple[str, ...]

    def scores(self, rows: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Scores of the rows `of` by a machine that learned from `rows`."""
        machine = _machine(self, rows)
        found = np.full((len(of), len(self.classes)), -1.0)
        found[:, machine.classes_] = _both(machine.decision_function(self.vectors[of]), axis=1)
        return found


def learn(texts: Sequence[Text], hints: Sequence[tuple[str, str]] = (), *, folds: int = FOLDS) -> Taught:
    """A calibrated model of `texts`; `hints` are words and the topic they speak for.

    Raises ValueError where there are not two different topics to tell apart.
    """
    written = [joined(text.title, text.description) for text in texts]
    short = [tidy(word) for word, _topic in hints]
    labels = [text.topic for text in texts] + [topic for _word, topic in hints]
    lessons, vocabulary, idf = _lessons(written, labels, short)
    model = replace(_model(lessons, vocabulary, idf), words=tuple(sorted(set(short))))
    if not texts:
        return Taught(model, np.zeros((0, len(lessons.classes))))
    return _calibrated(model, _held_out_scores(lessons, folds_of(groups(written), folds)), lessons.places)


def cross_validate(texts: Sequence[Text], folds: int) -> dict:
    """Accuracy and macro-F1 on texts unlike those learned from: near-duplicates share a fold.

    Which n-grams there are and how rare they are is counted over all texts, which looks at no label.
    """
    written = [joined(text.title, text.description) for text in texts]
    lessons, _vocabulary, _idf = _lessons(written, [text.topic for text in texts])
    group = groups(written)
    said = _held_out_scores(lessons, folds_of(group, folds)).argmax(axis=1)
    return {
        "texts": len(texts),
        "labels": len(lessons.classes),
        "groups": int(group.max()) + 1,
        "folds": folds,
        "accuracy": round(float((said == lessons.places).mean()), 4),
        "macro_f1": round(float(f1_score(lessons.places, said, average="macro")), 4),
    }


def _lessons(
    written: Sequence[str], labels: Sequence[str], short: Sequence[str] = ()
) -> tuple[Lessons, tuple[str, ...], np.ndarray]:
    """What is learned from, with its vocabulary; `labels` are those of `written`, then those of the `short` hints."""
    classes = tuple(sorted(set(labels)))
    if len(classes) < 2:
        raise ValueError("there are not two different topics to tell apart")
    # What one text alone contains is chance; of a word on a list it is the point.
    vocabulary, idf = _vocabulary([*written, *short], shared_by=2 if written else 1)
    lessons = Lessons(
        vectors=_vectors([*written, *short], vocabulary, idf),
        places=np.searchsorted(classes, labels),
        weight=np.repeat([1.0, HINT_WEIGHT], [len(written), len(short)]),
        classes=classes,
    )
    return lessons, vocabulary, idf


def _model(lessons: Lessons, vocabulary: tuple[str, ...], idf: np.ndarray) -> Model:
    machine = _machine(lessons, np.arange(len(lessons.places)))
    return Model(
        classes=lessons.classes,
        vocabulary=vocabulary,
        idf=idf,
        weights=np.ascontiguousarray(_both(machine.coef_.T, axis=1), dtype=np.float32),
        bias=_both(machine.intercept_, axis=0).astype(np.float32),
        scale=UNCALIBRATED,
    )


def _machine(lessons: Lessons, rows: np.ndarray) -> LinearSVC:
    machine = LinearSVC(C=2.0, tol=1e-2, random_state=_SEED)
    return machine.fit(lessons.vectors[rows], lessons.places[rows], sample_weight=lessons.weight[rows])


def _both(scores: np.ndarray, axis: int) -> np.ndarray:
    """Of two classes the library scores the second only; the first is its opposite."""
    if axis == 1 and scores.ndim == 1:
        scores = scores[:, None]
    return np.concatenate([-scores, scores], axis=axis) if scores.shape[axis] == 1 else scores


def _vocabulary(texts: Sequence[str], shared_by: int = 2) -> tuple[tuple[str, ...], np.ndarray]:
    """The n-grams that `shared_by` texts or more contain, and their inverse document frequencies."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(grams(text)))
    kept = sorted(gram for gram, count in seen.items() if count >= shared_by)
    counts = np.array([seen[gram] for gram in kept], dtype=np.float32)
    return tuple(kept), (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)


def _vectors(texts: Sequence[str], vocabulary: Sequence[str], idf: np.ndarray) -> sparse.csr_array:
    reader = Model((), tuple(vocabulary), idf, np.zeros((0, 0)), np.zeros(0))
    found = [reader.vector(text) for text in texts]
    ends = np.cumsum([0, *(len(rows) for rows, _values in found)])
    # The library accepts 32-bit places only.
    return sparse.csr_array(
        (
            np.concatenate([values for _rows, values in found]),
            np.concatenate([rows for rows, _values in found]).astype(np.int32),
            ends.astype(np.int32),
        ),
        shape=(len(texts), len(vocabulary)),
    )


def groups(texts: Sequence[str]) -> np.ndarray:
    """For each text the number of its group of near-duplicates."""
    # Padded, so that one character is enough for an n-gram.
    reader = TfidfVectorizer(analyzer="char", ngram_range=(3, 3), dtype=np.float32)
    vectors = sparse.csr_array(reader.fit_transform(f" {text} " for text in texts))
    pairs = [_alike(vectors, start) for start in range(0, len(texts), 500)]
    near = sparse.csr_array(sparse.vstack(pairs))
    return connected_components(near, directed=False)[1]


def _alike(vectors: sparse.csr_array, start: int) -> sparse.csr_array:
    """Which texts are near-duplicates of the five hundred from `start` on: all at once would not fit into memory."""
    cosines = sparse.coo_array(vectors[start : start + 500] @ vectors.T)
    near = cosines.data >= ALIKE
    rows, columns = cosines.row[near], cosines.col[near]
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=cosines.shape)


def folds_of(of: np.ndarray, count: int) -> np.ndarray:
    """The fold of each text: groups stay together, the largest are dealt first, to the emptiest fold."""
    names, sizes = np.unique(of, return_counts=True)
    order = np.random.default_rng(_SEED).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled, fold = np.zeros(count, dtype=int), np.zeros(len(names), dtype=int)
    for name in order:
        fold[name] = filled.argmin()
        filled[fold[name]] += sizes[name]
    return fold[np.searchsorted(names, of)]


def _held_out_scores(lessons: Lessons, fold: np.ndarray) -> np.ndarray:
    """The score of every text by a machine that learned from the other folds and the hints."""
    hints = np.arange(len(fold), len(lessons.places))
    found = np.zeros((len(fold), len(lessons.classes)))
    for one in np.unique(fold):
        asked = np.flatnonzero(fold == one)
        found[asked] = lessons.scores(np.concatenate([np.flatnonzero(fold != one), hints]), asked)
    return found


def _calibrated(model: Model, scores: np.ndarray, places: np.ndarray) -> Taught:
    """`model` with the temperature and the thresholds that fit held-out scores best."""
    places = places[: len(scores)]
    scale = _scale(scores, places)
    held_out = softmax(scale * scores)
    strange = model.classes.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in model.classes else None
    thresholds = {
        "sure_from": sure_from(held_out.max(axis=1), held_out.argmax(axis=1) == places),
        "strange_from": NEVER if strange is None else strange_from(held_out[places != strange, strange]),
    }
    return Taught(replace(model, scale=scale, **thresholds), held_out)


def _scale(scores: np.ndarray, places: np.ndarray) -> float:
    """The temperature at which held-out probabilities fit best (least log loss)."""

    def loss(logarithm: float) -> float:
        probable = softmax(np.exp(logarithm) * scores)[np.arange(len(places)), places]
        return float(-np.log(np.maximum(probable, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 5), method="bounded").x))


def strange_from(probable: np.ndarray) -> float:
    """The probability from which a text is called out of scope: of those that are not, only FALSE_ALARMS reach it."""
    return float(np.quantile(probable, 1 - FALSE_ALARMS)) if len(probable) else NEVER


def sure_from(confidence: np.ndarray, right: np.ndarray) -> float:
    """The lowest confidence from which on RIGHT of the held-out answers, ENOUGH of them, are right; else NEVER."""
    order = np.argsort(-confidence)
    counts = np.arange(1, len(order) + 1)
    good = np.flatnonzero((np.cumsum(right[order]) >= RIGHT * counts) & (counts >= ENOUGH))
    return float(confidence[order][good[-1]]) if len(good) else NEVER
