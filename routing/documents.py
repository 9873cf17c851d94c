"""The answers of routing.api, described for the OpenAPI document."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from chains.taxonomy import Chain, Level, Nature

_text = serializers.CharField


def _row(name, **kwargs):
    return inline_serializer(name, {"code": _text(), "name": _text()}, **kwargs)


CLASSIFIED = inline_serializer(
    "Classified",
    {
        "topic": _row("TopicName", allow_null=True),
        "chain": serializers.ChoiceField(Chain.choices, allow_null=True),
        "confidence": serializers.FloatField(),
        "auto": serializers.BooleanField(help_text="Sure enough to be dispatched at once."),
        "urgent": serializers.BooleanField(),
        "out_of_scope": serializers.BooleanField(),
        "nature": serializers.ChoiceField(Nature.choices),
        "level": serializers.ChoiceField(Level.choices, allow_null=True),
        "complained_of": _row("DepartmentName", allow_null=True),
        "alternatives": inline_serializer(
            "LikelyTopic",
            {
                "topic": _row("LikelyTopicName"),
                "chain": serializers.ChoiceField(Chain.choices),
                "confidence": serializers.FloatField(),
                "reasons": serializers.ListField(child=_text()),
            },
            many=True,
        ),
    },
)
DAYS = inline_serializer(
    "Days",
    {
        "results": inline_serializer(
            "Day",
            {
                "date": serializers.DateField(),
                "is_workday": serializers.BooleanField(),
                "name": _text(help_text="Of a holiday or a make-up workday."),
                "hours": serializers.ListField(child=serializers.ListField(child=_text())),
                "provisional": serializers.BooleanField(),
            },
            many=True,
        )
    },
)
LIMITS = inline_serializer(
    "Limits",
    {
        "sign_by": serializers.DateTimeField(),
        "contact_by": serializers.DateTimeField(),
        "resolve_by": serializers.DateTimeField(),
        "provisional": serializers.BooleanField(),
    },
)
