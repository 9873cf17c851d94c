"""What an appeal adds to the numbers: its facts, the period it counts in, the five rates (score.md §1–2).

A roll-up is a stored `Counts`: whole numbers that add up, by level, so that sums of roll-ups and of single
appeals give the same digits and a new version of the weights needs no recount.
"""

import math
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chains.periods import Period
from chains.taxonomy import Solved

# Never measured: refused, taken back, or counted under another number. Codes of the appeal's status.
TAKEN_OUT = frozenset({"declined", "withdrawn", "merged"})
BASICALLY_SATISFIED = 0.9  # 基本满意, the published weight of a district hotline
EXCLUSION_FLAG = 0.10  # above this share of exclusions a score is shown with a warning


class Unit(TextChoices):
    """What a score is the score of; units of one kind are ranked with each other only."""

    DEPARTMENT = "department", _("Department")
    DISTRICT = "district", _("District")
    PARK = "park", _("Park")
    CHAIN = "chain", _("Chain")
    INDUSTRY = "industry", _("Industry")
    CITY = "city", _("Whole city")


@dataclass(frozen=True)
class Fact:
    """The facts of one appeal's latest round; names and meanings are the columns of `CaseFact`.

    Moments are aware. A row of `CaseFact` serves wherever a Fact is asked for.
    """

    number: str
    filed_at: datetime
    status: str
    counted: bool = True
    chain: str = ""
    topic: str = ""
    level: str = ""
    district: str = ""
    park: str = ""
    industry: str = ""
    lead: str = ""
    round: int = 1
    dispatched_at: datetime | None = None
    signed_at: datetime | None = None
    sign_by: datetime | None = None
    contacted_at: datetime | None = None
    contact_by: datetime | None = None
    replied_at: datetime | None = None
    resolve_by: datetime | None = None
    closed_at: datetime | None = None
    closed_unrated: bool = False
    used_minutes: int | None = None
    solved: str = ""
    stars: int | None = None
    rated_at: datetime | None = None
    redo_count: int = 0
    reopen_count: int = 0
    hand_backs_lost: int = 0
    failed_leads: tuple[str, ...] = ()
    excluded: bool = False
    excluded_at: datetime | None = None
    false_closure: bool = False
    false_closure_at: datetime | None = None


def in_period(fact: Fact, period: Period, now: datetime) -> bool:
    """Whether the appeal is one of N(g, P), score.md §1: closed in P, or unanswered and late at its end."""
    return _would_count(fact, period, now) and not fact.excluded


def overdue(fact: Fact, at: datetime) -> bool:
    """No reply and past the limit at that moment; paused and parked cases have no limit, so never."""
    unanswered = fact.replied_at is None or fact.replied_at >= at
    return is_open(fact, at) and unanswered and fact.resolve_by is not None and fact.resolve_by < at


def is_open(fact: Fact, at: datetime) -> bool:
    unfinished = fact.closed_at is None or fact.closed_at >= at
    return fact.status not in TAKEN_OUT and fact.filed_at < at and unfinished


def filed_in(fact: Fact, period: Period) -> bool:
    return fact.filed_at in period


def closed_in(fact: Fact, period: Period) -> bool:
    return fact.closed_at in period and fact.status not in TAKEN_OUT


def declined_in(fact: Fact, period: Period) -> bool:
    """Filed in the period and declined, whenever that was."""
    return filed_in(fact, period) and fact.status == "declined"


def responded_in_time(fact: Fact) -> bool:
    """Signed in time and contacted in time."""
    return _in_time(fact.signed_at, fact.sign_by) and _in_time(fact.contacted_at, fact.contact_by)


def closed_on_time(fact: Fact) -> bool:
    """Closed, and replied by the limit; `resolve_by` holds the extensions granted and the pauses."""
    return fact.closed_at is not None and _in_time(fact.replied_at, fact.resolve_by)


def failed_first(fact: Fact, of: Unit | None = None) -> bool:
    """A redo, a reopening, or a hand-back decided against the department; of a department, only what it led then."""
    if of == Unit.DEPARTMENT:
        return fact.lead in fact.failed_leads
    return fact.redo_count + fact.reopen_count + fact.hand_backs_lost > 0


def unit_of(fact: Fact, of: Unit) -> str:
    """The code of the unit the appeal counts for; the whole city has the code "city", no unit is ""."""
    if of == Unit.CITY:
        return Unit.CITY.value
    return fact.lead if of == Unit.DEPARTMENT else getattr(fact, str(of))


def _would_count(fact: Fact, period: Period, now: datetime) -> bool:
    if not fact.counted or fact.status in TAKEN_OUT:
        return False
    return fact.closed_at in period or overdue(fact, period.edge(now))


def _in_time(moment: datetime | None, limit: datetime | None) -> bool:
    # A step without a limit (imported from a system that had none) cannot be late, only undone.
    return moment is not None and (limit is None or moment <= limit)


class Counts(NamedTuple):
    """How many appeals of a group and period did what. Adds up; `Counts()` is nothing."""

    cases: int = 0  # N
    responded: int = 0
    on_time: int = 0
    solved_yes: int = 0
    solved_partly: int = 0
    solved_no: int = 0
    rated: int = 0
    satisfied: int = 0  # 5 or 4 stars
    basically: int = 0  # 3 stars
    failed: int = 0
    failed_by_lead: int = 0  # the failed round was led by the office that leads now
    closed: int = 0
    closed_rated: int = 0
    excluded: int = 0
    false_closures: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(operator.add, self, other))

    @property
    def answers(self) -> int:
        return self.solved_yes + self.solved_partly + self.solved_no

    @property
    def solved(self) -> float:
        """yes 1, partly ½, no 0"""
        return self.solved_yes + 0.5 * self.solved_partly


@dataclass(frozen=True)
class Tally:
    """The counts of a group and period by level, not yet weighed. Adds up; `Tally()` is nothing."""

    by_level: Mapping[str, Counts] = field(default_factory=dict)

    @classmethod
    def over(cls, facts: Iterable[Fact], period: Period, now: datetime) -> "Tally":
        """What these appeals add to the period as seen at `now` (aware)."""
        found: dict[str, Counts] = defaultdict(Counts)
        for fact in facts:
            found[fact.level] += counts_of(fact, period, now)
        return cls({level: counts for level, counts in found.items() if any(counts)})

    def __add__(self, other: "Tally") -> "Tally":
        levels = {**self.by_level, **other.by_level}
        return Tally({x: self.at(x) + other.at(x) for x in levels})

    def at(self, level: str) -> Counts:
        return self.by_level.get(level, Counts())

    @property
    def total(self) -> Counts:
        return reduce(operator.add, self.by_level.values(), Counts())


def tallies(facts: Iterable[Fact], period: Period, now: datetime, of: Unit) -> dict[str, Tally]:
    """The tally of every unit of that kind that has something to count; appeals of no unit are left out."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[unit_of(fact, of)].append(fact)
    counted = {code: Tally.over(members, period, now) for code, members in found.items() if code}
    return {code: tally for code, tally in counted.items() if tally.by_level}


def counts_of(fact: Fact, period: Period, now: datetime) -> Counts:
    """What one appeal adds to the period as seen at `now` (aware)."""
    if in_period(fact, period, now):
        return _finding(fact, period) + _case(fact, period)
    return _finding(fact, period)._replace(excluded=int(_would_count(fact, period, now)))


def _finding(fact: Fact, period: Period) -> Counts:
    # A finding counts in the period that decided it, whatever became of the appeal's closing.
    found = fact.counted and fact.false_closure and fact.false_closure_at in period
    return Counts(false_closures=int(found))


def _case(fact: Fact, period: Period) -> Counts:
    closed, rated = fact.closed_at in period, fact.stars is not None
    return Counts(
        cases=1,
        responded=int(responded_in_time(fact)),
        on_time=int(closed_on_time(fact)),
        solved_yes=int(fact.solved == Solved.YES),
        solved_partly=int(fact.solved == Solved.PARTLY),
        solved_no=int(fact.solved == Solved.NO),
        rated=int(rated),
        satisfied=int(rated and fact.stars >= 4),
        basically=int(fact.stars == 3),
        failed=int(failed_first(fact)),
        failed_by_lead=int(failed_first(fact, Unit.DEPARTMENT)),
        closed=int(closed),
        closed_rated=int(closed and rated),
    )


@dataclass(frozen=True)
class Five:
    """The five rates, 0…1; None where no case of the group can say."""

    response: float | None = None  # R 响应
    on_time: float | None = None  # O 按时办结
    solved: float | None = None  # S 解决
    satisfied: float | None = None  # Q 满意
    first_time: float | None = None  # B 一次办成


LETTERS = {"response": "R", "on_time": "O", "solved": "S", "satisfied": "Q", "first_time": "B"}


@dataclass(frozen=True)
class Rates:
    """The rates of a group and what must be shown beside them. `five.satisfied` is not yet shrunk."""

    five: Five
    n: int = 0
    answers: int = 0
    rated: int = 0
    solved_mean: float | None = None  # unweighted, the p of Wilson's interval
    rated_share: float | None = None  # 参评率
    exclusion_rate: float | None = None
    false_closures: int = 0

    @property
    def many_exclusions(self) -> bool:
        return self.exclusion_rate is not None and self.exclusion_rate > EXCLUSION_FLAG


def rates(tally: Tally, levels: Mapping[str, float], of: Unit) -> Rates:
    """The five rates of a group, score.md §2. `levels` weighs a case by its level, none by 1."""
    total = tally.total
    failed = total.failed_by_lead if of == Unit.DEPARTMENT else total.failed
    five = Five(
        response=_weighed_share(tally, levels, "responded", "cases"),
        on_time=_weighed_share(tally, levels, "on_time", "cases"),
        solved=_weighed_share(tally, levels, "solved", "answers"),
        satisfied=_share(total.satisfied + BASICALLY_SATISFIED * total.basically, total.rated),
        first_time=_share(total.cases - failed, total.cases),
    )
    return Rates(
        five=five,
        n=total.cases,
        answers=total.answers,
        rated=total.rated,
        solved_mean=_share(total.solved, total.answers),
        rated_share=_share(total.closed_rated, total.closed),
        exclusion_rate=_share(total.excluded, total.cases + total.excluded),
        false_closures=total.false_closures,
    )


def _weighed_share(tally: Tally, levels: Mapping[str, float], part: str, whole: str) -> float | None:
    def weighed(name):
        return math.fsum(levels.get(x, 1.0) * getattr(counts, name) for x, counts in tally.by_level.items())

    return _share(weighed(part), weighed(whole))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Summary:
    """The closure statistics of a board or of GET /stats/summary/; rates 0…1, minutes of working time."""

    filed: int
    closed: int
    open: int
    overdue: int
    declined: int
    on_time: float | None
    response: float | None
    solved: float | None
    satisfied: float | None
    first_time: float | None
    rated_share: float | None
    median_used_minutes: float | None
    p90_used_minutes: float | None


def summary(
    facts: Iterable[Fact], period: Period, now: datetime, levels: Mapping[str, float], of: Unit = Unit.CITY
) -> Summary:
    """Filed (of these: declined) and closed in the period; open and overdue at its end, or now if it runs."""
    facts = [fact for fact in facts if fact.counted]
    edge = period.edge(now)
    found = rates(Tally.over(facts, period, now), levels, of)
    closed = [fact for fact in facts if closed_in(fact, period)]
    used = sorted(fact.used_minutes for fact in closed if fact.used_minutes is not None)
    return Summary(
        filed=sum(filed_in(fact, period) for fact in facts),
        closed=len(closed),
        open=sum(is_open(fact, edge) for fact in facts),
        overdue=sum(overdue(fact, edge) for fact in facts),
        declined=sum(declined_in(fact, period) for fact in facts),
        on_time=found.five.on_time,
        response=found.five.response,
        solved=found.five.solved,
        satisfied=found.five.satisfied,
        first_time=found.five.first_time,
        rated_share=found.rated_share,
        median_used_minutes=percentile(used, 0.5),
        p90_used_minutes=percentile(used, 0.9),
    )


def percentile(ordered: list[float], share: float) -> float | None:
    """The value below which that share of the values lies, interpolated as PostgreSQL's percentile_cont."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
