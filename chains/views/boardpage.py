from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chains import reports
from chains.charts import Mark, Series, columns, lines, radar
from chains.coupling import Coupled
from chains.measures import DEFINITIONS, Measure
from chains.metrics import LETTERS, Summary, Unit
from chains.periods import Period
from chains.score import Score, Standing, Weights
from chains.taxonomy import Chain
from chains.views import boardtable
from chains.views.asked import Asked, Offices, name_of, periods_to

_RATES = (Measure.RESPONSE, Measure.ON_TIME, Measure.SOLVED, Measure.SATISFIED, Measure.FIRST_TIME)


@dataclass(frozen=True)
class Tile:
    """A number with its rule and the list behind it."""

    name: Any
    value: Any
    rule: Any
    href: str
    is_late: bool = False


@dataclass(frozen=True)
class Rate:
    """One of the five as the score weighs it; `missed` leads to the appeals that fell short."""

    letter: str
    measure: Measure
    value: float | None
    weight: float
    is_borrowed: bool
    rule: Any
    href: str
    missed: str
    interval: tuple[float, float] | None
    said_by: str


@dataclass(frozen=True)
class ChainScore:
    code: str
    score: Score | None
    href: str
    is_chosen: bool


def tiles(asked: Asked, summary: Summary) -> list[Tile]:
    counts = (Measure.FILED, Measure.CLOSED, Measure.OPEN, Measure.OVERDUE, Measure.DECLINED)
    return [
        Tile(
            name=measure.label,
            value=getattr(summary, measure.value),
            rule=DEFINITIONS[measure],
            href=asked.list_of(measure),
            is_late=measure == Measure.OVERDUE and summary.overdue > 0,
        )
        for measure in counts
    ]


def rates(asked: Asked, score: Score, weights: Weights) -> list[Rate]:
    counted = score.rates
    intervals = {Measure.SOLVED: score.wilson_solved, Measure.SATISFIED: score.wilson_satisfied}
    said_by = {
        Measure.SOLVED: _("%(n)d answers") % {"n": counted.answers},
        Measure.SATISFIED: _("%(n)d ratings") % {"n": counted.rated},
    }
    return [
        Rate(
            letter=LETTERS[measure.value],
            measure=measure,
            value=getattr(score.five, measure.value),
            weight=getattr(weights.five, measure.value),
            is_borrowed=LETTERS[measure.value] in score.borrowed,
            rule=DEFINITIONS[measure],
            href=asked.list_of(measure),
            missed=asked.list_of(Measure(f"missed_{measure.value}")),
            interval=intervals.get(measure),
            said_by=said_by.get(measure, _("%(n)d cases") % {"n": counted.n}),
        )
        for measure in _RATES
    ]


def chain_scores(asked: Asked, standings: Sequence[Standing]) -> list[ChainScore]:
    by_chain = {standing.unit: standing.score for standing in standings}
    return [
        ChainScore(
            code,
            by_chain.get(code),
            asked.board(chain="" if code == asked.scope.chain else code),
            code == asked.scope.chain,
        )
        for code in Chain.values
    ]


def coupling_chart(asked: Asked, coupled: Coupled):
    spokes = []
    for chain in Chain:
        value = coupled.chains[chain.value]
        words = _("%(chain)s: %(value)s") % {
            "chain": chain.label,
            "value": "–" if value is None else f"{value * 100:.1f}",
        }
        link = asked.list_of(Measure.CASES, of="chain", unit=chain.value, chain="")
        spokes.append((str(chain.label), Mark(value, link, words)))
    return radar(spokes, title=_("Scores of the five chains"))


_DRAWN = (
    ("filed", Measure.FILED, "1"),
    ("closed", Measure.CLOSED, "2"),
)
_SHARES = (
    ("on_time", Measure.ON_TIME, "1"),
    ("solved", Measure.SOLVED, "2"),
    ("satisfied", Measure.SATISFIED, "3"),
)


@dataclass(frozen=True)
class Trend:
    months: Sequence[tuple[str, Summary]]
    counts: Any  # SVG
    shares: Any

    @classmethod
    def of(cls, asked: Asked) -> "Trend":
        last = timezone.localdate(asked.period.end) - timedelta(days=1)
        first = timezone.localdate(Period.of_month(asked.period.end - timedelta(days=1)).year_to_end().start)
        found = reports.trend(asked.scope, first, last, asked.now, by="month")
        labels = [date_format(timezone.localtime(period.start), "M") for period, _row in found]
        return cls(
            months=[(name_of(period), row) for period, row in found],
            counts=columns(labels, _series(asked, found, _DRAWN, _count), title=_("Filed and closed by month")),
            shares=lines(labels, _series(asked, found, _SHARES, _share), title=_("Rates by month")),
        )


def _series(asked, found, drawn, written):
    return [
        Series([_mark(asked, period, getattr(row, name), measure, written) for period, row in found], look)
        for name, measure, look in drawn
    ]


def _mark(asked, period, value, measure, written):
    words = _("%(period)s, %(measure)s: %(value)s")
    named = {"period": name_of(period), "measure": measure.label, "value": written(value)}
    return Mark(value, asked.list_of(measure, period), words % named)


def _count(value):
    return f"{value:d}"


def _share(value):
    return "–" if value is None else f"{value * 100:.1f} %"


def page(asked: Asked, offices: Offices) -> dict[str, Any]:
    """Everything a board shows."""
    scoring = reports.Scoring(asked.period, asked.now)
    summary = reports.summary(asked.scope, asked.period, asked.now, rule=scoring.weights)
    score = scoring.score_of(asked.scope)
    coupled = scoring.coupling(asked.whole)
    return {
        "asked": asked,
        "offices": offices,
        "period_name": name_of(asked.period),
        "is_running": asked.now in asked.period,
        "periods": periods_to(asked.now),
        "chains": Chain.choices,
        "scope_name": scope_name(asked, offices),
        "score": score,
        "version": scoring.weights.version,
        "is_flagged": bool(score and score.rates.many_exclusions),
        "cases_list": asked.list_of(Measure.CASES),
        "chain_scores": chain_scores(asked, scoring.standings(Unit.CHAIN, scope=asked.whole, sight=asked.sight)),
        "coupled": coupled,
        "weakest": coupled.coupling and Chain(coupled.coupling.weakest).label,
        "missing": [Chain(code).label for code in coupled.missing],
        "borrowed": [Chain(code).label for code in coupled.borrowed],
        "coupling_chart": coupling_chart(asked, coupled),
        "tiles": tiles(asked, summary),
        "summary": summary,
        "rates": rates(asked, score, scoring.weights) if score else [],
        "trend": Trend.of(asked),
        **boardtable.page(asked, scoring),
    }


def scope_name(asked: Asked, offices: Offices) -> str:
    scope = asked.scope
    parts = [
        offices.departments.get(scope.department, ""),
        offices.districts.get(scope.district, ""),
        str(Chain(scope.chain).label) if scope.chain else "",
        *reports.names("park", scope.parks).values(),
    ]
    return " · ".join(part for part in parts if part) or _("Whole city")
