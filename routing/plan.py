"""From a text to a plan (研判): topic, level, lead, and whether the machine is sure. The only door to routing."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from chains.handbook import Handbook, handbook
from chains.models import Topic
from routing.classification import Classification, predict
from routing.responsibility import Directory, Office, Responsible, responsible
from routing.triage import may_go_at_once, triage
from routing.versions import champion


@dataclass(frozen=True)
class Plan:
    """What the machine thinks of an appeal. `is_sure`: it may be dispatched at once to `lead`."""

    classification: Classification
    topic: Topic | None
    level: str
    urgent: bool
    nature: str
    responsible: Responsible | None
    is_sure: bool
    model_version: int | None

    @property
    def candidates(self) -> list[dict]:
        """The most probable topics, best first, as the appeal keeps them."""
        return [
            {"topic": found.topic, "confidence": round(found.confidence, 4), "reasons": list(found.reasons)}
            for found in self.classification.alternatives
        ]


def make_plan(
    title: str,
    description: str,
    *,
    at: datetime,
    district: str,
    industry: str | None = None,
    nature: str | None = None,
    urgent: bool = False,
    complained_of: str | None = None,
) -> Plan:
    """Classify, weigh and route one appeal filed at `at` (aware) in `district` (code).

    Not sure, sensitive, urgent or out of scope: `is_sure` is False and a person decides (product.md §4).
    """
    version, model = champion()
    found = predict(model, title, description)
    book = handbook(timezone.localdate(at))
    topic, other = book.topics.get(found.topic), book.topics.get(found.second)
    weighed = triage(
        title,
        description,
        level=topic and topic.level,
        nature=nature,
        urgent=urgent,
        is_shared=bool(topic and other and leads_of(topic)[:1] != leads_of(other)[:1]),
    )
    assigned = topic and assign(topic, weighed.level, district, industry, complained_of=complained_of, book=book)
    return Plan(
        classification=found,
        topic=topic,
        level=weighed.level,
        urgent=weighed.urgent,
        nature=weighed.nature,
        responsible=assigned,
        is_sure=bool(topic and not complained_of and may_go_at_once(found, weighed)),
        model_version=version,
    )


def leads_of(topic: Topic) -> list[str]:
    return [duty.office for duty in topic.duties.all() if duty.part == "lead"]


def assign(
    topic: Topic,
    level: str,
    district: str,
    industry: str | None = None,
    *,
    complained_of: str | None = None,
    book: Handbook,
) -> Responsible:
    """Who leads and supports `topic` of `book` at `level` in `district`."""
    supports = [duty.office for duty in topic.duties.all() if duty.part == "support"]
    directory = Directory(_offices(book), district, industry)
    return responsible(leads_of(topic), supports, level=level, directory=directory, complained_of=complained_of)


def _offices(book: Handbook) -> tuple[Office, ...]:
    return tuple(
        Office(row.pk, row.short_name, row.tier, row.district_id, row.parent_id, row.industry_id)
        for row in book.offices.values()
    )
