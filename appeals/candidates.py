"""Which appeals another may belong to (并案, 群体事件): offered beside the number that an officer can type."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appeals.models import Appeal
from appeals.similarity import alike
from appeals.states import OPEN, Actor

MOST = 4
_COMPARED = 40
_RECENT = timedelta(days=90)
_HARDLY_ALIKE = 0.15
_BEGINNING = 300  # characters of a description that are held against each other


@dataclass(frozen=True)
class Candidates:
    """Appeals that `by` may open, most alike first."""

    to_merge_into: list[Appeal]  # of the same enterprise
    to_attach_to: list[Appeal]  # open, about the same topic, of the last ninety days


def of(case: Appeal, *, by: Actor, at: datetime) -> Candidates:
    """Both in one query."""
    seen = Appeal.objects.visible_to(by, at).besides(case).as_texts().order_by("-filed_at")
    topic = case.topic_id or next((found["topic"] for found in case.candidates), None)
    own = seen.of_enterprises([case.enterprise_id]).still_together()[:_COMPARED]
    near = seen.open().about(topic, at - _RECENT).leading()[:_COMPARED]
    found = list(own.union(near))
    return Candidates(
        _ranked(case, [other for other in found if other.enterprise_id == case.enterprise_id], at_least=0),
        _ranked(case, [other for other in found if _may_lead(other, topic)], at_least=_HARDLY_ALIKE),
    )


def _may_lead(other, topic):
    return other.topic_id == topic and other.status in OPEN and other.parent_id is None


def _ranked(case, others, *, at_least):
    return alike(
        f"{case.title} {case.description[:_BEGINNING]}",
        others,
        lambda other: f"{other.title} {other.description[:_BEGINNING]}",
        most=MOST,
        at_least=at_least,
    )
