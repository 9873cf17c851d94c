from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from appeals import formerly
from appeals.api.document import problems
from appeals.api.shapes import EventActor
from appeals.api.views import link
from appeals.selections import asked_in_office
from appeals.views.who import actor_in


class OwnStep(serializers.Serializer):
    """A step of one's own office, without its text."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    actor = serializers.SerializerMethodField()

    def get_actor(self, event) -> dict:
        return EventActor({"name": str(event.actor), "role": event.part, "department": event.department.name}).data


class Stub(serializers.Serializer):
    number = serializers.CharField()
    left_at = serializers.DateTimeField(allow_null=True)
    events = OwnStep(many=True)


STUBS = inline_serializer(
    "StubPage",
    {
        "results": Stub(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    },
)


class Former(APIView):
    @extend_schema(
        operation_id="list_former_appeals",
        parameters=[OpenApiParameter("cursor", str, description="From `next` or `previous`.")],
        responses={200: STUBS, **problems(400, 401, 403)},
    )
    def get(self, request):
        """Appeals that your office led once: their numbers, when they left, and the office's own steps."""
        by = asked_in_office(actor_in(request), timezone.now()).by
        found = formerly.page(by, cursor=request.query_params.get("cursor", ""))
        pages = {"next": link(request, found.next), "previous": link(request, found.previous)}
        return Response({"results": Stub(found.rows, many=True).data, **pages})
