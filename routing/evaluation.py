"""How good a classifier is on texts whose topic is known. Decides only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter

from routing.classification import OUT_OF_SCOPE, Classification, Model, predict
from routing.triage import may_go_at_once, triage
from routing.urgency import is_urgent


@dataclass(frozen=True)
class Example:
    title: str
    description: str
    topic: str  # OUT_OF_SCOPE is one
    kind: str = ""
    urgent: bool | None = None  # None: nobody said


@dataclass(frozen=True)
class Answer:
    example: Example
    found: Classification
    was_automatic: bool

    @property
    def topic(self) -> str:
        return self.found.topic or OUT_OF_SCOPE

    @property
    def is_right(self) -> bool:
        return self.topic == self.example.topic

    @property
    def in_top_three(self) -> bool:
        return self.example.topic in [candidate.topic for candidate in self.found.alternatives[:3]]


def evaluate(model: Model, examples: Sequence[Example]) -> dict:
    """Measures of `model` on `examples`, each classified by itself as an appeal is; shares 0…1, None of nothing.

    `accuracy` counts every text, being out of scope as an answer like any other; `topic_accuracy` and `top3` only
    texts that have a topic, where calling them out of scope is a false alarm.
    """
    started = perf_counter()
    found = [predict(model, example.title, example.description) for example in examples]
    spent = perf_counter() - started
    answers = [_answer(example, one) for example, one in zip(examples, found, strict=True)]
    in_scope = [answer for answer in answers if answer.example.topic != OUT_OF_SCOPE]
    strange = [answer for answer in answers if answer.example.topic == OUT_OF_SCOPE]
    automatic = [answer for answer in answers if answer.was_automatic]
    by_topic = _by_topic(answers)
    return {
        "texts": len(answers),
        "accuracy": share(answer.is_right for answer in answers),
        "topic_accuracy": share(answer.is_right for answer in in_scope),
        "macro_f1": mean(measures["f1"] for topic, measures in by_topic.items() if topic and measures["texts"]),
        "top3": share(answer.in_top_three for answer in in_scope),
        "out_of_scope_recall": share(answer.found.out_of_scope for answer in strange),
        "out_of_scope_false_alarms": share(answer.found.out_of_scope for answer in in_scope),
        "auto_share": share(answer.was_automatic for answer in answers),
        "auto_accuracy": share(answer.is_right for answer in automatic),
        **_urgency(examples),
        "by_kind": _by_kind(answers),
        "by_topic": {topic or "out_of_scope": measures for topic, measures in by_topic.items()},
        "microseconds_per_text": round(1e6 * spent / max(1, len(answers)), 1),
    }


def _answer(example: Example, found: Classification) -> Answer:
    weighed = triage(example.title, example.description, level=None)
    return Answer(example, found, was_automatic=may_go_at_once(found, weighed))


def _urgency(examples: Iterable[Example]) -> dict:
    judged = [(is_urgent(f"{e.title}。{e.description}"), e.urgent) for e in examples if e.urgent is not None]
    return {
        "urgent_recall": share(said for said, truth in judged if truth),
        "urgent_precision": share(truth for said, truth in judged if said),
    }


def _by_kind(answers: Iterable[Answer]) -> dict:
    kinds = defaultdict(list)
    for answer in answers:
        kinds[answer.example.kind].append(answer.is_right)
    return {kind: {"texts": len(right), "accuracy": share(right)} for kind, right in sorted(kinds.items()) if kind}


def _by_topic(answers: Iterable[Answer]) -> dict[str, dict]:
    wanted, said, right = defaultdict(int), defaultdict(int), defaultdict(int)
    for answer in answers:
        wanted[answer.example.topic] += 1
        said[answer.topic] += 1
        right[answer.topic] += answer.is_right
    return {
        topic: {
            "texts": wanted[topic],
            "accuracy": round(right[topic] / wanted[topic], 4) if wanted[topic] else None,
            "precision": round(right[topic] / said[topic], 4) if said[topic] else None,
            "f1": round(2 * right[topic] / (wanted[topic] + said[topic]), 4),
        }
        for topic in sorted({*wanted, *said})
    }


def share(claims: Iterable[bool]) -> float | None:
    return mean(map(bool, claims))


def mean(values: Iterable[float]) -> float | None:
    values = list(values)
    return round(sum(values) / len(values), 4) if values else None
