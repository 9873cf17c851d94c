from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chains.measures import Measure
from chains.models import Department, District
from chains.periods import Period
from chains.sight import Scope, Sight
from chains.taxonomy import Chain

LISTS = "/appeals/"  # public (interfaces.md): chains measures appeals, whose pages it cannot import
BREAKDOWNS = ("department", "district", "chain", "topic", "industry", "level")
_OF_ONES_OWN = ("chain", "topic", "level", "department")
_MONTHS, _QUARTERS = 13, 5


def name_of(period: Period) -> str:
    """A month as people write it, a quarter by its number."""
    if "Q" in period.name:
        return _("%(year)s, quarter %(number)s") % {"year": period.name[:4], "number": period.name[-1]}
    return date_format(timezone.localtime(period.start), "YEAR_MONTH_FORMAT")


def periods_to(now: datetime) -> list[tuple[str, str]]:
    """The months and quarters a board offers, newest first: name and words."""
    today = timezone.localdate(now)
    month = today.year * 12 + today.month - 1
    months = [Period.months(month - back, 1) for back in range(_MONTHS)]
    quarters = [Period.months((month // 3 - back) * 3, 3) for back in range(_QUARTERS)]
    return [(period.name, name_of(period)) for period in (*months, *quarters)]


@dataclass(frozen=True)
class Offices:
    """What a board may be narrowed to: names by code."""

    districts: Mapping[str, str]
    departments: Mapping[str, str]

    @classmethod
    def read(cls, sight: Sight, now: datetime) -> "Offices":
        today = timezone.localdate(now)
        names = dict(Department.objects.valid(today).values_list("pk", "short_name"))
        own = {code: name for code, name in names.items() if sight.everything or code in sight.offices}
        districts = dict(District.objects.valid(today).values_list("pk", "name")) if sight.everything else {}
        return cls(districts, own)


@dataclass(frozen=True)
class Asked:
    """What a board is asked for: whose numbers, of which period, how broken down and sorted."""

    sight: Sight
    now: datetime
    period: Period
    scope: Scope
    by: str
    sort: str

    @classmethod
    def read(cls, params: Mapping[str, str], sight: Sight, offices: Offices, now: datetime) -> "Asked":
        """A value that is none is left out. Raises PermissionDenied beyond one's post."""
        try:
            period = Period.parse(params.get("period", ""))
        except ValueError:
            period = Period.of_month(now)
        offered = breakdowns(sight)
        by = params["by"] if params.get("by") in offered else offered[0]
        scope = sight.of(_scope(params, sight, offices), by=by)
        return cls(sight, now, period, scope, by, params.get("sort", ""))

    @property
    def whole(self) -> Scope:
        """The scope over all chains: the five stand side by side whichever of them is looked at."""
        return replace(self.scope, chain="")

    def list_of(self, measure: Measure, period: Period | None = None, **line: str) -> str:
        """The list of the appeals behind a number of the board, or of its line `of`, `unit`."""
        narrowing = {"chain": self.scope.chain, "district": self.scope.district, "lead": self.scope.department}
        query = {"measure": measure.value, "period": (period or self.period).name, **narrowing, **line}
        return f"{LISTS}?{urlencode({name: value for name, value in query.items() if value})}"

    def board(self, **changes: str) -> str:
        """The same board with `changes`."""
        narrowing = {"chain": self.scope.chain, "district": self.scope.district, "by": self.by, "sort": self.sort}
        query = {"period": self.period.name, **narrowing, **changes}
        kept = {name: value for name, value in query.items() if value}
        # Empty says something here: the whole city instead of one's own office.
        department = changes.get("department", self.scope.department)
        return f"?{urlencode({**kept, 'department': department})}"


def breakdowns(sight: Sight) -> tuple[str, ...]:
    """How a board may be broken down: what compares the city's parts is not for a single office."""
    return BREAKDOWNS if sight.everything or not sight.offices else _OF_ONES_OWN


def _scope(params, sight, offices) -> Scope:
    chain, district, department = (params.get(name, "") for name in ("chain", "district", "department"))
    if "department" not in params and sight.offices and not sight.everything:
        department = min(sight.offices)  # one's own first; the whole city is one choice away
    return Scope(
        chain=chain if chain in Chain.values else "",
        district=district if district in offices.districts else "",
        department=department if department in offices.departments else "",
    )
