"""From a number on a board to its appeals (钻取): chains says which they are, the list shows those one may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals.states import Refused, Why
from chains import reports
from chains.measures import Measure
from chains.models import User
from chains.periods import Period
from chains.sight import Scope, sight_of


@dataclass(frozen=True)
class Measured:
    """The appeals that `measure` counts; `total` of them in all, whoever may see them."""

    PARAMS: ClassVar = ("measure", "period", "of", "unit")

    measure: Measure
    period: Period
    condition: Q
    total: int
    unit: str  # what it is called; empty for the whole scope

    @classmethod
    def parse(cls, params: Mapping[str, str], *, by: User, now: datetime) -> "Measured | None":
        """What measure, period, of and unit ask for, within the filters chain, district and lead; None for nothing.

        Raises Refused(INVALID) for a value that is none, PermissionDenied for numbers beyond one's post.
        """
        if not params.get("measure"):
            return None
        measure, period, of = _read(params, now)
        scope = Scope(
            chain=params.get("chain", ""), district=params.get("district", ""), department=params.get("lead", "")
        )
        sight, unit = sight_of(by, timezone.localdate(now)), params.get("unit", "")
        numbers = reports.numbers_of(measure, sight.of(scope, by=of), period, now, sight=sight, of=of, unit=unit)
        called = reports.names(of, [unit]).get(unit, unit) if of else ""
        return cls(measure, period, Q(number__in=numbers), len(numbers), called)


def _read(params, now) -> tuple[Measure, Period, str]:
    errors = {}
    measure, of = params["measure"], params.get("of", "")
    if measure not in Measure.values:
        errors["measure"] = [_("There is no such measure.")]
    of = "" if of == "city" else of
    if of and of not in (*reports.BREAKDOWNS, "park"):
        errors["of"] = [_("There is no such breakdown.")]
    period = None
    try:
        period = Period.parse(params["period"]) if params.get("period") else Period.of_month(now)
    except ValueError as wrong:
        errors["period"] = [str(wrong)]
    if errors:
        raise Refused(_("The list cannot be narrowed to this."), why=Why.INVALID, errors=errors)
    return Measure(measure), period, of
