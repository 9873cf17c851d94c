from dataclasses import asdict
from datetime import date

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from chains import documents, reports
from chains.metrics import LETTERS, Unit
from chains.models import Department, District, Industry, Topic
from chains.params import Named, PeriodField, read
from chains.periods import Period
from chains.score import Standing
from chains.sight import Scope, sight_of
from chains.taxonomy import Chain

_LAST_DAY = date(2100, 12, 31)
_MOST_STEPS = 120
_YEAR_OF_MONTHS = 11  # before the present one


class Asked(serializers.Serializer):
    """The appeals and the days that a number is about."""

    chain = serializers.ChoiceField(Chain.choices, required=False)
    district = Named(District, required=False)
    department = Named(Department, required=False)
    to = serializers.DateField(required=False, help_text="The last day; default today.")

    def get_fields(self):
        first = serializers.DateField(required=False, help_text="The first day; default the beginning.")
        return {"from": first, **super().get_fields()}

    def validate(self, asked):
        last = asked.get("to", max(timezone.localdate(), asked.get("from", reports.BEGINNING)))
        first = asked.get("from", self.first(last))
        if not reports.BEGINNING <= first <= last <= _LAST_DAY:
            raise serializers.ValidationError({"from": [_("Begin after 2014 and before the last day.")]})
        return asked | {"from": first, "to": last}

    def first(self, last: date) -> date:
        return reports.BEGINNING


class AskedInSteps(Asked):
    by = serializers.ChoiceField(reports.STEPS, default="month")

    def validate(self, asked):
        asked = super().validate(asked)
        if len(reports.steps(asked["from"], asked["to"], asked["by"])) > _MOST_STEPS:
            raise serializers.ValidationError({"from": [_("At most %(most)d steps.") % {"most": _MOST_STEPS}]})
        return asked

    def first(self, last):
        year, month = divmod(last.year * 12 + last.month - 1 - _YEAR_OF_MONTHS, 12)
        return last if self.initial_data.get("by") == "day" else date(year, month + 1, 1)


class AskedScores(serializers.Serializer):
    period = PeriodField(required=False, help_text="2026-10 or 2026-Q4; default the present month.")
    of = serializers.ChoiceField(Unit.choices, default=Unit.CHAIN)


class AskedCoupling(serializers.Serializer):
    period = PeriodField(required=False, help_text="2026-10 or 2026-Q4; default the present month.")
    district = Named(District, required=False)


def _scope(asked) -> Scope:
    return Scope(**{name: asked[name] for name in ("chain", "district", "department") if name in asked})


def _days(asked) -> Period:
    return Period.days(asked["from"], asked["to"])


def _sight(request):
    return sight_of(request.user, timezone.localdate())


@extend_schema(operation_id="summary", parameters=[Asked], responses=documents.SUMMARY)
@api_view(["GET"])
def summary(request):
    """Closure statistics of the days asked for: rates 0…1 or null, minutes of working time."""
    asked = read(Asked, request)
    scope = _sight(request).of(_scope(asked))
    return Response(asdict(reports.summary(scope, _days(asked), timezone.now())))


@extend_schema(operation_id="trend", parameters=[AskedInSteps], responses=documents.TREND)
@api_view(["GET"])
def trend(request):
    """The same for each day, week or month; default the last twelve months."""
    asked = read(AskedInSteps, request)
    scope = _sight(request).of(_scope(asked))
    found = reports.trend(scope, asked["from"], asked["to"], timezone.now(), by=asked["by"])
    lines = [{"period": period.name, "start": period.start, "end": period.end, **asdict(row)} for period, row in found]
    return Response({"by": asked["by"], "results": lines})


@extend_schema(
    operation_id="breakdown",
    parameters=[OpenApiParameter("by", str, OpenApiParameter.PATH, enum=reports.BREAKDOWNS), Asked],
    responses=documents.BREAKDOWN,
)
@api_view(["GET"])
def breakdown(request, by):
    """The same for each unit of one kind that you may see."""
    if by not in reports.BREAKDOWNS:
        raise NotFound
    asked, sight = read(Asked, request), _sight(request)
    scope = sight.of(_scope(asked), by=by)
    found = reports.breakdown(scope, _days(asked), timezone.now(), by=by, sight=sight)
    names = reports.names(by, found)
    lines = [{"unit": unit, "name": names.get(unit, unit), **asdict(row)} for unit, row in found.items()]
    return Response({"by": by, "results": lines})


@extend_schema(operation_id="scores", parameters=[AskedScores], responses=documents.SCORES)
@api_view(["GET"])
def scores(request):
    """Score, rank and rates of every unit of one kind in a month or quarter (score.md)."""
    asked, sight, now = read(AskedScores, request), _sight(request), timezone.now()
    period, of = asked.get("period") or Period.of_month(now), Unit(asked["of"])
    scope = sight.of(Scope(), by=of)
    standings = reports.Scoring(period, now).standings(of, scope=scope, sight=sight)
    names = reports.names(of, [standing.unit for standing in standings])
    lines = [_line(standing, names.get(standing.unit, standing.unit)) for standing in standings]
    return Response({"period": period.name, "of": of, "results": lines})


def _line(standing: Standing, name: str) -> dict:
    score, rates = standing.score, standing.score.rates
    return {
        "unit": standing.unit,
        "name": name,
        "n": rates.n,
        "ranked": score.ranked,
        "rank": standing.rank,
        "score": score.score,
        "rates": {letter: getattr(score.five, rate) for rate, letter in LETTERS.items()},
        "borrowed": score.borrowed,
        "wilson": {"S": score.wilson_solved, "Q": score.wilson_satisfied},
        "rated_share": rates.rated_share,
        "exclusion_rate": rates.exclusion_rate,
        "many_exclusions": rates.many_exclusions,
        "false_closures": rates.false_closures,
        "penalty": score.penalty,
        "weights_version": score.weights_version,
        "published": False,
    }


@extend_schema(operation_id="coupling", parameters=[AskedCoupling], responses=documents.COUPLING)
@api_view(["GET"])
def coupling(request):
    """How evenly the five chains go together: friction seen in appeals, not the chains themselves."""
    asked, now = read(AskedCoupling, request), timezone.now()
    period = asked.get("period") or Period.of_month(now)
    scope = _sight(request).of(Scope(district=asked.get("district", "")))
    coupled = reports.Scoring(period, now).coupling(scope)
    found = coupled.coupling
    return Response(
        {
            "period": period.name,
            "chains": coupled.chains,
            "C": found and found.c,
            "T": found and found.t,
            "D": found and found.d,
            "grade": found and found.grade.value,
            "C_wang": found and found.c_wang,
            "D_wang": found and found.d_wang,
            "grade_wang": found and found.grade_wang.value,
            "weakest": found and found.weakest,
            "borrowed": coupled.borrowed,
            "missing": coupled.missing,
            "reason": None if found else _("Too few cases in: %(chains)s.") % {"chains": _labels(coupled.missing)},
        }
    )


def _labels(chains) -> str:
    return ", ".join(str(Chain(chain).label) for chain in chains)


@extend_schema(operation_id="taxonomy", responses=documents.TAXONOMY)
@api_view(["GET"])
def taxonomy(request):
    """Chains, topics, departments, districts and industries that are valid today."""
    today = timezone.localdate()
    return Response(
        {
            "chains": [{"code": chain.value, "name": chain.label} for chain in Chain],
            "topics": [_topic(row) for row in Topic.objects.valid(today).with_duties(today)],
            "departments": [_department(row) for row in Department.objects.valid(today)],
            "districts": [{"code": x.pk, "name": x.name, "kind": x.kind} for x in District.objects.valid(today)],
            "industries": [{"code": x.pk, "name": x.name} for x in Industry.objects.valid(today)],
        }
    )


def _topic(row: Topic) -> dict:
    duties = list(row.duties.all())
    return {
        "code": row.pk,
        "name": row.name,
        "chain": row.chain,
        "leads": [duty.office for duty in duties if duty.part == "lead"],
        "support": [duty.office for duty in duties if duty.part == "support"],
        "level": row.level,
    }


def _department(row: Department) -> dict:
    return {
        "code": row.pk,
        "name": row.name,
        "short_name": row.short_name,
        "tier": row.tier,
        "district": row.district_id,
        "parent": row.parent_id,
    }


urlpatterns = [
    path("stats/summary/", summary),
    path("stats/trend/", trend),
    path("stats/by/<str:by>/", breakdown),
    path("scores/", scores),
    path("coupling/", coupling),
    path("taxonomy/", taxonomy),
]
