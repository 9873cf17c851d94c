from dataclasses import asdict
from datetime import date, timedelta

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.response import Response

from chains.handbook import handbook
from chains.models import District, Industry, Post
from chains.params import Named, read
from chains.taxonomy import Level, Role
from routing import calendar, documents
from routing.deadlines import limits
from routing.models import SpecialDay
from routing.plan import make_plan
from routing.triage import office_complained_of

_CITY = "330800"
_MOST_DAYS = 1100
_LONGEST = timedelta(days=180)  # no limit reaches farther: 60 working days with the longest holidays


class IsStaff(BasePermission):
    """Whoever holds a post today; other systems that file are not asked to judge."""

    def has_permission(self, request, view):
        today = timezone.localdate()
        held = Post.objects.acting_for(request.user, today).held(today)
        return held.exclude(role=Role.CHANNEL).exists()


class Text(serializers.Serializer):
    """A text to classify; its title or its description may be missing."""

    title = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    district = Named(District, required=False, default=_CITY)
    industry = Named(Industry, required=False, allow_null=True, default=None)

    def validate(self, text):
        if not text["title"] and not text["description"]:
            raise serializers.ValidationError({"title": [_("This field is required.")]})
        return text


@extend_schema(operation_id="classify", request=Text, responses=documents.CLASSIFIED)
@api_view(["POST"])
@permission_classes([IsAuthenticated, IsStaff])
def classify(request):
    """What the machine thinks of a text: topic, chain, urgency, and the five likeliest topics. Nothing is kept."""
    sent = Text(data=request.data)
    sent.is_valid(raise_exception=True)
    text = sent.validated_data
    plan = make_plan(at=timezone.now(), **text)
    found = plan.classification
    topics = handbook(timezone.localdate()).topics
    return Response(
        {
            "topic": plan.topic and _named(plan.topic),
            "chain": plan.topic and plan.topic.chain,
            "confidence": found.confidence,
            "auto": plan.is_sure,
            "urgent": plan.urgent,
            "out_of_scope": found.out_of_scope,
            "nature": plan.nature,
            "level": plan.level or None,
            "complained_of": _complained_of(text),
            "alternatives": [_alternative(candidate, topics) for candidate in found.alternatives],
        }
    )


def _named(row) -> dict:
    return {"code": row.pk, "name": row.name}


def _alternative(candidate, topics) -> dict:
    topic = topics[candidate.topic]
    return {
        "topic": _named(topic),
        "chain": topic.chain,
        "confidence": candidate.confidence,
        "reasons": candidate.reasons,
    }


def _complained_of(text) -> dict | None:
    offices = handbook(timezone.localdate()).offices
    called = [(name, row.pk) for row in offices.values() for name in (row.name, row.short_name)]
    code = office_complained_of(f"{text['title']}。{text['description']}", called)
    return _named(offices[code]) if code else None


class AskedDays(serializers.Serializer):
    to = serializers.DateField(required=False, help_text="The last day; default the end of that year.")

    def get_fields(self):
        first = serializers.DateField(required=False, help_text="The first day; default the first of this year.")
        return {"from": first, **super().get_fields()}

    def validate(self, asked):
        first = asked.get("from") or timezone.localdate().replace(month=1, day=1)
        last = asked.get("to") or date(first.year, 12, 31)
        table = calendar.workdays()
        if not table.first <= first <= last <= table.last or (last - first).days >= _MOST_DAYS:
            words = _("Ask for at most %(most)d days from %(first)s to %(last)s.")
            known = {"most": _MOST_DAYS, "first": table.first, "last": table.last}
            raise serializers.ValidationError({"from": [words % known]})
        return {"from": first, "to": last}


@extend_schema(operation_id="workdays", parameters=[AskedDays], responses=documents.DAYS)
@api_view(["GET"])
def workdays(request):
    """Every day asked for: whether it is a working day, its hours, and whether that is only expected."""
    asked, table = read(AskedDays, request), calendar.workdays()
    first, last = asked["from"], asked["to"]
    names = dict(SpecialDay.objects.everywhere().between(first, last).values_list("day", "name"))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Response({"results": [_day(day, table, names.get(day, "")) for day in days]})


def _day(day, table, name) -> dict:
    return {
        "date": day,
        "is_workday": table.is_workday(day),
        "name": name,
        "hours": [[_clock(opens), _clock(closes)] for opens, closes in table.spans(day)],
        "provisional": table.is_provisional(table.close_of(day)),
    }


def _clock(minutes) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


class Dispatch(serializers.Serializer):
    """A dispatch to preview."""

    level = serializers.ChoiceField(Level.choices)
    urgent = serializers.BooleanField(required=False, default=False)
    start = serializers.DateTimeField(required=False, help_text="The moment of the dispatch; default now.")

    def validate_start(self, start):
        table = calendar.workdays()
        if not table.first <= timezone.localdate(start) <= table.last - _LONGEST:
            words = _("The calendar reaches from %(first)s to %(last)s.")
            raise serializers.ValidationError(words % {"first": table.first, "last": table.last})
        return start


@extend_schema(operation_id="preview_deadlines", request=Dispatch, responses=documents.LIMITS)
@api_view(["POST"])
def preview(request):
    """The limits of a round dispatched at `start`."""
    sent = Dispatch(data=request.data)
    sent.is_valid(raise_exception=True)
    asked = sent.validated_data
    start = asked.get("start") or timezone.now()
    rules = {"urgent": asked["urgent"], "policy": calendar.policy(start)}
    return Response(asdict(limits(asked["level"], start, calendar.workdays(), **rules)))


urlpatterns = [
    path("classify/", classify),
    path("workdays/", workdays),
    path("deadlines/preview/", preview),
]
