from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains import reports
from chains.measures import DEFINITIONS, Measure
from chains.metrics import Summary, Unit
from chains.models import Department
from chains.score import Standing
from chains.taxonomy import Tier
from chains.views.asked import Asked, breakdowns

_NARROWER = {"chain", "district", "department"}  # a line of these leads to its own board
_RATES = (Measure.RESPONSE, Measure.ON_TIME, Measure.SOLVED, Measure.SATISFIED, Measure.FIRST_TIME)


def page(asked: Asked, scoring: reports.Scoring) -> dict[str, Any]:
    return {
        "tabs": [(by, BY_NAMES[by], asked.board(by=by, sort=""), by == asked.by) for by in breakdowns(asked.sight)],
        "headings": headings(asked),
        "lines": table(asked, scoring),
        "is_scored": asked.by in _UNITS,
        "unsorted": asked.board(sort="") if asked.sort else "",
    }


@dataclass(frozen=True)
class Line:
    """One unit of the breakdown: its closure statistics, and its score where units of that kind have one."""

    unit: str
    name: str
    summary: Summary | None
    standing: Standing | None
    tier: str  # of an office; units of one kind are ranked with each other only
    href: str
    links: dict[str, str]


@dataclass(frozen=True)
class Column:
    key: str
    label: Any
    rule: Any
    is_sorted: bool
    href: str


_COUNTED = (Measure.FILED, Measure.CLOSED, Measure.OPEN, Measure.OVERDUE)
_UNITS = {unit.value: unit for unit in Unit}
BY_NAMES = {
    "department": gettext_lazy("By department"),
    "district": gettext_lazy("By district"),
    "chain": gettext_lazy("By chain"),
    "topic": gettext_lazy("By topic"),
    "industry": gettext_lazy("By industry"),
    "level": gettext_lazy("By level"),
}


def table(asked: Asked, scoring: reports.Scoring) -> list[Line]:
    """The units of the breakdown in the order asked for; by rank, then by how much was filed."""
    summaries = reports.breakdown(
        asked.scope, asked.period, asked.now, by=asked.by, sight=asked.sight, rule=scoring.weights
    )
    standings = {}
    if asked.by in _UNITS:
        found = scoring.standings(_UNITS[asked.by], scope=asked.scope, sight=asked.sight)
        standings = {standing.unit: standing for standing in found}
    # Ranked units first as they stand, then the others.
    units = list(dict.fromkeys([*standings, *summaries]))
    words = _Words(
        reports.names(asked.by, units), Department.objects.tiers_of(units) if asked.by == "department" else {}
    )
    found = [_line(asked, unit, words, summaries.get(unit), standings.get(unit)) for unit in units]
    return sorted(found, key=_key(asked.sort))


@dataclass(frozen=True)
class _Words:
    names: Mapping[str, str]
    tiers: Mapping[str, str]


def _line(asked, unit, words, summary, standing):
    is_withheld = unit == reports.WITHHELD
    return Line(
        unit=unit,
        name=_("With a complained-of department") if is_withheld else words.names.get(unit, unit),
        summary=summary,
        standing=standing,
        tier=Tier(words.tiers[unit]).label if unit in words.tiers else "",
        href=asked.board(**{asked.by: unit}) if asked.by in _NARROWER and not is_withheld else "",
        links={measure.value: asked.list_of(measure, of=asked.by, unit=unit) for measure in _COUNTED},
    )


def _key(sort: str):
    """Largest first; a unit without the value comes last. By rank: as they were."""

    def key(line):
        if sort in ("score", "n"):
            score = line.standing and line.standing.score
            value = (score.score if sort == "score" else score.rates.n) if score else None
        else:
            value = getattr(line.summary, sort, None) if sort and line.summary else None
        return (value is None, -(value or 0)) if sort else (False, 0)

    return key


def headings(asked: Asked) -> list[Column]:
    rows = [
        ("score", _("Score"), _("Score of the period, 0 to 100; no rank below five cases.")),
        ("n", _("Cases"), DEFINITIONS[Measure.CASES]),
        *((measure.value, measure.label, DEFINITIONS[measure]) for measure in (*_COUNTED, *_RATES)),
        ("median_used_minutes", _("Median time"), _("Working time from dispatch to reply, half were faster.")),
    ]
    if asked.by not in _UNITS:
        rows = rows[2:]
    return [Column(key, label, rule, asked.sort == key, asked.board(sort=key)) for key, label, rule in rows]
