"""From a text to a plan (研判): topic, level, lead, and whether the machine is sure. The only door to routing."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from chains.models import Department, Topic
from routing.classification import Classification, predict
from routing.responsibility import PARK, TASK_FORCE, Directory, Office, Responsible, responsible
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
    topic, other = _topics(found, at)
    weighed = triage(
        title,
        description,
        level=topic and topic.level,
        nature=nature,
        urgent=urgent,
        is_shared=bool(topic and other and leads_of(topic)[:1] != leads_of(other)[:1]),
    )
    assigned = topic and assign(topic, weighed.level, district, industry, complained_of=complained_of, at=at)
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


def _topics(found: Classification, at: datetime) -> tuple[Topic | None, Topic | None]:
    """The topic and, where the text speaks strongly for it, the second one; both as valid on the day of `at`."""
    rows = (
        Topic.objects.valid(timezone.localdate(at))
        .with_duties()
        .in_bulk([code for code in (found.topic, found.second) if code])
    )
    return rows.get(found.topic), rows.get(found.second)


def leads_of(topic: Topic) -> list[str]:
    return [duty.office for duty in topic.duties.all() if duty.part == "lead"]


def assign(
    topic: Topic,
    level: str,
    district: str,
    industry: str | None = None,
    *,
    complained_of: str | None = None,
    at: datetime,
    directory: Directory | None = None,
) -> Responsible:
    """Who leads and supports `topic` at `level` in `district` today; `topic` read with its duties.

    `directory`: the offices, where the caller has read them already for several topics.
    """
    leads = leads_of(topic)
    supports = [duty.office for duty in topic.duties.all() if duty.part == "support"]
    directory = directory or directory_of([*leads, *supports], district, industry, at)
    return responsible(leads, supports, level=level, directory=directory, complained_of=complained_of)


def directory_of(names: list[str], district: str, industry: str | None, at: datetime) -> Directory:
    """The offices called `names`, their children in `district`, its park and the industry's task force: one query."""
    rows = Department.objects.valid(timezone.localdate(at)).answering_to(
        names, district, park=PARK in names, industry=industry if TASK_FORCE in names else None
    )
    offices = rows.values_list("code", "short_name", "tier", "district_id", "parent_id", "industry_id")
    return Directory(tuple(Office(*row) for row in offices), district, industry)
