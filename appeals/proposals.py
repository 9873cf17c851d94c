"""What the desk proposes for an appeal in triage (研判): topics, each with the level and the offices it would go to."""

from dataclasses import dataclass

from appeals.models import Appeal, Request
from chains.handbook import Handbook
from chains.models import Department, Topic
from routing.plan import assign
from routing.triage import level_of

MOST = 3


@dataclass(frozen=True)
class Proposal:
    """One topic an appeal may be about, and what follows from it. No confidence: a person chose it."""

    topic: Topic
    level: str
    lead: Department | None
    support: list[Department]
    confidence: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What the officer has chosen so far; empty is left to the house."""

    topic: str = ""
    level: str = ""
    complained_of: str = ""


def proposals(case: Appeal, book: Handbook, choice: Choice = Choice()) -> list[Proposal]:
    """The best candidates, the likeliest first, and the chosen topic after them where it is none of these."""
    rated = {row["topic"]: row for row in case.candidates[:MOST]}
    codes = dict.fromkeys([*rated, choice.topic or case.topic_id or ""])
    topics = [book.topics[code] for code in codes if code in book.topics]
    return [_proposal(case, topic, rated.get(topic.pk, {}), choice, book) for topic in topics]


def _proposal(case, topic, rated, choice, book):
    level = (choice.topic == topic.pk and choice.level) or _level(case, topic)
    found = assign(
        topic,
        level,
        case.district_id,
        case.industry_id,
        complained_of=choice.complained_of or case.complained_of_id,
        book=book,
    )
    return Proposal(
        topic=topic,
        level=level,
        lead=book.offices.get(found.lead),
        support=[book.offices[office] for office in found.supporting],
        confidence=rated.get("confidence"),
        reasons=tuple(rated.get("reasons", ())),
    )


def _level(case, topic):
    return case.level if case.level and topic.pk == case.topic_id else level_of(topic.level, case.nature)


def handed_back(case: Appeal) -> Request | None:
    """The hand-back that brought `case` to triage: whoever dispatches anew wants to know why, and to whom."""
    if not case.hand_backs_granted:
        return None
    return case.requests.granted(Request.Kind.HAND_BACK).select_related("asked_by", "proposed_lead").first()
