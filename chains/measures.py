"""The measures of a board (指标): the rule of each in words and as a test of one appeal, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chains.metrics import (
    Fact,
    Unit,
    closed_in,
    closed_on_time,
    declined_in,
    failed_first,
    filed_in,
    in_period,
    is_open,
    overdue,
    responded_in_time,
)
from chains.periods import Period
from chains.taxonomy import Solved


class Measure(TextChoices):
    """What a number counts. A rate is two: the appeals that met it under its own name, the others as missed."""

    FILED = "filed", _("Filed")
    CLOSED = "closed", _("Closed")
    OPEN = "open", _("Open")
    OVERDUE = "overdue", _("Overdue")
    DECLINED = "declined", _("Declined")
    CASES = "cases", _("Counted")
    RESPONSE = "response", _("Responded in time")
    ON_TIME = "on_time", _("Closed on time")
    SOLVED = "solved", pgettext_lazy("measure", "Solved")
    SATISFIED = "satisfied", _("Satisfied")
    FIRST_TIME = "first_time", _("Right the first time")
    RATED_SHARE = "rated_share", pgettext_lazy("measure", "Rated")
    MISSED_RESPONSE = "missed_response", _("Signed or contacted late")
    MISSED_ON_TIME = "missed_on_time", _("Late or still open")
    MISSED_SOLVED = "missed_solved", _("Not or only partly solved")
    MISSED_SATISFIED = "missed_satisfied", _("Two stars or fewer")
    MISSED_FIRST_TIME = "missed_first_time", _("Redone, reopened or wrongly handed back")
    MISSED_RATED_SHARE = "missed_rated_share", _("Closed without a rating")


@dataclass(frozen=True)
class Asked:
    """One appeal before a measure: the period, the moment of asking, and whose number it is."""

    fact: Fact
    period: Period
    now: datetime
    of: Unit

    @property
    def is_counted(self) -> bool:
        return in_period(self.fact, self.period, self.now)


Test = Callable[[Asked], bool]


@dataclass(frozen=True)
class Share:
    """A rate: of the appeals in `whole`, those in `part`."""

    whole: Test
    part: Test


_COUNTS: dict[Measure, Test] = {
    Measure.FILED: lambda a: filed_in(a.fact, a.period),
    Measure.CLOSED: lambda a: closed_in(a.fact, a.period),
    Measure.OPEN: lambda a: is_open(a.fact, a.period.edge(a.now)),
    Measure.OVERDUE: lambda a: overdue(a.fact, a.period.edge(a.now)),
    Measure.DECLINED: lambda a: declined_in(a.fact, a.period),
    Measure.CASES: lambda a: a.is_counted,
}
_SHARES: dict[Measure, Share] = {
    Measure.RESPONSE: Share(lambda a: a.is_counted, lambda a: responded_in_time(a.fact)),
    Measure.ON_TIME: Share(lambda a: a.is_counted, lambda a: closed_on_time(a.fact)),
    Measure.SOLVED: Share(lambda a: a.is_counted and bool(a.fact.solved), lambda a: a.fact.solved == Solved.YES),
    Measure.SATISFIED: Share(lambda a: a.is_counted and a.fact.stars is not None, lambda a: a.fact.stars >= 3),
    Measure.FIRST_TIME: Share(lambda a: a.is_counted, lambda a: not failed_first(a.fact, a.of)),
    Measure.RATED_SHARE: Share(
        lambda a: a.is_counted and closed_in(a.fact, a.period), lambda a: a.fact.stars is not None
    ),
}


def holds(measure: Measure, fact: Fact, period: Period, now: datetime, of: Unit = Unit.CITY) -> bool:
    """Whether the appeal is one of those that `measure` counts in the period as seen at `now` (aware)."""
    if not fact.counted:
        return False
    asked = Asked(fact, period, now, of)
    if measure in _COUNTS:
        return _COUNTS[measure](asked)
    is_missed = measure.value.startswith("missed_")
    share = _SHARES[Measure(measure.value.removeprefix("missed_"))]
    return share.whole(asked) and share.part(asked) != is_missed


DEFINITIONS: dict[Measure, Any] = {
    Measure.FILED: _("Appeals filed in the period."),
    Measure.CLOSED: _("Appeals closed in the period: rated by the enterprise, or unrated after ten working days."),
    Measure.OPEN: _("Filed before and not closed at the end of the period, or now while it runs."),
    Measure.OVERDUE: _("Open, not replied to, past the limit for the reply; paused and parked cases are not."),
    Measure.DECLINED: _("Filed in the period and refused on a ground of the law."),
    Measure.CASES: _("Closed in the period, or overdue at its end; approved exclusions taken out."),
    Measure.RESPONSE: _("Signed in time and contacted in time; weighed by level."),
    Measure.ON_TIME: _(
        "Closed, and replied to by the limit; what is open and overdue counts as missed; weighed by level."
    ),
    Measure.SOLVED: _("The enterprise's own last answer: yes 1, partly ½, no 0; weighed by level."),
    Measure.SATISFIED: _("5 and 4 stars count 1, 3 stars 0.9, fewer 0; mixed with ten ratings of the city's mean."),
    Measure.FIRST_TIME: _("Without a redo, a reopening, or a hand-back decided against the department."),
    Measure.RATED_SHARE: _("Of the appeals closed in the period, those that the enterprise gave stars."),
}
