"""Numbers for boards and API, read from the facts of the appeals: closure statistics, trend, scores, coupling."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.utils import timezone

from chains import metrics
from chains.coupling import Coupled, couple
from chains.measures import Measure, holds
from chains.metrics import Five, Summary, Tally, Unit, tallies
from chains.models import CaseFact, Department, District, Industry, ScoreRule, Topic
from chains.periods import Period
from chains.score import Score, Standing, Weights, standings
from chains.sight import Scope, Sight
from chains.taxonomy import Chain, Level, Tier

WITHHELD = "withheld"  # the line of appeals with a complained-of department
# Where a line could tell whom a complaint is about; a chain or a level cannot.
_REVEALING = frozenset({"department", "district", "park", "industry"})
BREAKDOWNS = ("department", "district", "chain", "industry", "topic", "level")
STEPS = ("day", "week", "month")
BEGINNING = date(2015, 1, 1)  # no appeal is older


def weights(on: date) -> Weights:
    """The rule of the score in force on that day; the one of score.md where no row changes it."""
    row = ScoreRule.objects.in_force(on)
    if row is None:
        return Weights()
    return Weights(
        version=row.version,
        five=Five(row.response, row.on_time, row.solved, row.satisfied, row.first_time),
        levels={level: getattr(row, f"level_{level.lower()}") for level in Level.values},
        shrinkage=row.shrinkage,
        penalty=row.penalty,
        penalty_cap=row.penalty_cap,
        penalty_floor_n=row.penalty_floor_n,
        smallest_n=row.smallest_n,
    )


def _rule(period: Period) -> Weights:
    # A rule that begins in the middle of a period counts from the next one on.
    return weights(timezone.localdate(period.start))


def _facts(scope: Scope):
    return CaseFact.objects.about(
        chain=scope.chain,
        district=scope.district,
        department=scope.department,
        parks=scope.parks,
        withheld=scope.withheld,
    )


def _unit(by: str) -> Unit:
    """For an office only the rounds it led count against it."""
    return Unit.DEPARTMENT if by == "department" else Unit.CITY


def summary(scope: Scope, period: Period, now: datetime, *, rule: Weights | None = None) -> Summary:
    """The closure statistics of `scope` (from Sight.of) in the period, as seen at `now`; `rule` if read already."""
    facts = _facts(scope).concerning(period.start, period.end)
    levels = (rule or _rule(period)).levels
    return metrics.summary(facts, period, now, levels, _unit("department" if scope.department else ""))


def breakdown(
    scope: Scope, period: Period, now: datetime, *, by: str, sight: Sight, rule: Weights | None = None
) -> dict[str, Summary]:
    """The same for each unit of BREAKDOWNS that `sight` shows, most cases first."""
    groups = defaultdict(list)
    for fact in _facts(scope).concerning(period.start, period.end):
        groups[_line(fact, by, sight)].append(fact)
    levels = (rule or _rule(period)).levels
    found = {
        unit: metrics.summary(facts, period, now, levels, _unit(by))
        for unit, facts in groups.items()
        if unit and sight.shows(by, unit)
    }
    return dict(sorted(found.items(), key=lambda line: (-line[1].filed, line[0])))


def _line(fact, by: str, sight: Sight) -> str:
    if fact.withheld and by in _REVEALING and not sight.complaints:
        return WITHHELD
    return fact.lead if by == "department" else getattr(fact, by)


def numbers_of(
    measure: Measure, scope: Scope, period: Period, now: datetime, *, sight: Sight, of: str = "", unit: str = ""
) -> list[str]:
    """The case numbers behind a number of the board: of `scope`, or of its line `unit` in the breakdown by `of`.

    Raises PermissionDenied for a line that `sight` does not show.
    """
    if of:
        sight.check(of, unit)
    of_office = _unit("department" if scope.department else of)
    return [
        fact.number
        for fact in _facts(scope).concerning(period.start, period.end)
        if (not of or _line(fact, of, sight) == unit) and holds(measure, fact, period, now, of_office)
    ]


def trend(scope: Scope, first: date, last: date, now: datetime, *, by: str) -> list[tuple[Period, Summary]]:
    """The closure statistics of every day, week (from Monday) or month of STEPS that touches `first` to `last`."""
    periods = steps(first, last, by)
    facts = list(_facts(scope).concerning(periods[0].start, periods[-1].end))
    unit, levels = _unit("department" if scope.department else ""), _rule(periods[-1]).levels
    return [
        (period, metrics.summary((fact for fact in facts if _touches(fact, period)), period, now, levels, unit))
        for period in periods
    ]


def _touches(fact, period: Period) -> bool:
    """Whether anything of the period can count it: spares each month the appeals of all the others."""
    if fact.false_closure_at in period:
        return True
    return fact.filed_at < period.end and (fact.closed_at is None or fact.closed_at >= period.start)


def steps(first: date, last: date, by: str) -> list[Period]:
    """The days, weeks or months from the one of `first` to the one of `last`."""
    if by == "month":
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        return [Period.months(month, 1) for month in months]
    length = 1 if by == "day" else 7
    begin = first if by == "day" else first - timedelta(days=first.weekday())
    count = (last - begin).days // length + 1
    starts = (begin + timedelta(days=length * n) for n in range(count))
    return [Period.days(start, start + timedelta(days=length - 1)) for start in starts]


@dataclass(frozen=True)
class Scoring:
    """Everything scored in one month or quarter, from one reading of the city's last twelve months."""

    period: Period
    now: datetime

    @cached_property
    def weights(self) -> Weights:
        return _rule(self.period)

    @cached_property
    def _year(self) -> list[CaseFact]:
        # It ends with the period, so whatever touches the period is among them.
        year = self.period.year_to_end()
        return list(CaseFact.objects.touching(year.start, year.end))

    @cached_property
    def _read(self) -> dict[Scope, list[CaseFact]]:
        return {}

    def _in(self, scope: Scope) -> list[CaseFact]:
        if scope.is_the_city:
            return self._year
        if scope not in self._read:
            self._read[scope] = list(_facts(scope).touching(self.period.start, self.period.end))
        return self._read[scope]

    @cached_property
    def _city(self) -> Tally:
        return Tally.over(self._year, self.period, self.now)

    @cached_property
    def _city_year(self) -> Tally:
        return Tally.over(self._year, self.period.year_to_end(), self.now)

    def standings(self, of: Unit, *, scope: Scope, sight: Sight) -> list[Standing]:
        """Score and rank of every unit of that kind within `scope` that `sight` shows, the best first."""
        facts = self._in(scope)
        folds = of in _REVEALING and not sight.complaints
        groups = tallies((fact for fact in facts if not (folds and fact.withheld)), self.period, self.now, of)
        found = [standing for kind in _kinds(groups, of) for standing in self._standings(kind, of)]
        if folds and (withheld := self._score(fact for fact in facts if fact.withheld)):
            # Beside the ranking: it is no unit that could be better or worse than another.
            found.append(Standing(WITHHELD, withheld, None))
        return [standing for standing in found if sight.shows(of, standing.unit)]

    def score_of(self, scope: Scope) -> Score | None:
        """The service-chain score: over all appeals of `scope`; None without any."""
        return self._score(self._in(scope), Unit.DEPARTMENT if scope.department else Unit.CITY)

    def coupling(self, scope: Scope) -> Coupled:
        """How evenly the five chains go together in `scope`."""
        own = self._standings(tallies(self._in(scope), self.period, self.now, Unit.CHAIN), Unit.CHAIN)
        in_a_year = tallies(self._year, self.period.year_to_end(), self.now, Unit.CHAIN)
        of_the_city = standings(in_a_year, self._city_year, self._city_year, self.weights, Unit.CHAIN)
        return couple({row.unit: row.score for row in own}, {row.unit: row.score for row in of_the_city})

    def _score(self, facts: Iterable[CaseFact], of: Unit = Unit.CITY) -> Score | None:
        tally = Tally.over(facts, self.period, self.now)
        return self._standings({"": tally}, of)[0].score if tally.by_level else None

    def _standings(self, groups: Mapping[str, Tally], of: Unit) -> list[Standing]:
        return standings(groups, self._city, self._city_year, self.weights, of)


def _kinds(groups: Mapping[str, Tally], of: Unit) -> list[Mapping[str, Tally]]:
    """Units of one kind are ranked with each other only (product.md §7): bureaus, county offices and parks apart."""
    if of != Unit.DEPARTMENT:
        return [groups]
    tiers = Department.objects.tiers_of(groups)
    return [{code: tally for code, tally in groups.items() if tiers[code] == tier} for tier in Tier]


_NAMED = {"department": Department, "park": Department, "district": District, "industry": Industry, "topic": Topic}


def names(of: str, codes: Iterable[str]) -> dict[str, str]:
    """What the units of that kind are called, by code."""
    if of == "chain":
        return {chain.value: str(chain.label) for chain in Chain}
    if of == "level":
        return {level.value: str(level.label) for level in Level}
    if of not in _NAMED:
        return {}
    return {row.pk: row.name for row in _NAMED[of].objects.filter(pk__in=list(codes))}
