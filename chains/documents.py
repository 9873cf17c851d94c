"""The answers of chains.api, described for the OpenAPI document."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from chains.coupling import Grade
from chains.taxonomy import Chain, Level, Tier

_text, _whole = serializers.CharField, serializers.IntegerField


def _share():
    return serializers.FloatField(allow_null=True, min_value=0, max_value=1)


def _shares(*names):
    return {name: _share() for name in names}


def _of(title, /, **fields):
    return inline_serializer(title, fields)


def _list(title, /, **fields):
    return inline_serializer(title, fields, many=True)


def _figures() -> dict:
    return {
        **{name: _whole() for name in ("filed", "closed", "open", "overdue", "declined")},
        **_shares("on_time", "response", "solved", "satisfied", "first_time", "rated_share"),
        "median_used_minutes": serializers.FloatField(allow_null=True),
        "p90_used_minutes": serializers.FloatField(allow_null=True),
    }


def _moment():
    return serializers.DateTimeField()


SUMMARY = _of("Summary", **_figures())
TREND = _of(
    "Trend",
    by=_text(),
    results=_list("TrendStep", period=_text(), start=_moment(), end=_moment(), **_figures()),
)
BREAKDOWN = _of("Breakdown", by=_text(), results=_list("BreakdownLine", unit=_text(), name=_text(), **_figures()))


def _interval():
    return serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True)


SCORES = _of(
    "Scores",
    period=_text(),
    of=_text(),
    results=_list(
        "ScoreLine",
        unit=_text(),
        name=_text(),
        n=_whole(),
        ranked=serializers.BooleanField(),
        rank=_whole(allow_null=True),
        score=serializers.FloatField(allow_null=True),
        rates=_of("FiveRates", **_shares(*"ROSQB")),
        borrowed=serializers.ListField(child=_text()),
        wilson=_of("Wilson", S=_interval(), Q=_interval()),
        rated_share=_share(),
        exclusion_rate=_share(),
        many_exclusions=serializers.BooleanField(),
        false_closures=_whole(),
        penalty=serializers.FloatField(),
        weights_version=_whole(),
        published=serializers.BooleanField(),
    ),
)
COUPLING = _of(
    "CouplingDegree",
    period=_text(),
    chains=_of("ChainValues", **_shares(*Chain.values)),
    **_shares("C", "T", "D", "C_wang", "D_wang"),
    grade=serializers.ChoiceField(Grade.choices, allow_null=True),
    grade_wang=serializers.ChoiceField(Grade.choices, allow_null=True),
    weakest=serializers.ChoiceField(Chain.choices, allow_null=True),
    borrowed=serializers.ListField(child=_text()),
    missing=serializers.ListField(child=_text()),
    reason=_text(allow_null=True),
)


def _coded(title, **more):
    return _list(title, code=_text(), name=_text(), **more)


TAXONOMY = _of(
    "Taxonomy",
    chains=_coded("ChainName"),
    topics=_coded(
        "TopicOfTaxonomy",
        chain=serializers.ChoiceField(Chain.choices),
        leads=serializers.ListField(child=_text()),
        support=serializers.ListField(child=_text()),
        level=serializers.ChoiceField(Level.choices),
    ),
    departments=_coded(
        "DepartmentOfTaxonomy",
        short_name=_text(),
        tier=serializers.ChoiceField(Tier.choices),
        district=_text(),
        parent=_text(allow_null=True),
    ),
    districts=_coded("DistrictOfTaxonomy", kind=_text()),
    industries=_coded("IndustryOfTaxonomy"),
)
