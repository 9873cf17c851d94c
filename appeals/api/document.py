"""The parts of the OpenAPI document that no serializer says by itself."""

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from appeals import listing, paging
from appeals.api.bodies import Problem
from appeals.api.shapes import EventLine, FileOfCase, Line, PossibleMove
from appeals.models import Appeal
from appeals.states import Status
from chains.measures import Measure
from chains.reports import BREAKDOWNS
from chains.taxonomy import Chain, Level, Nature
from routing.deadlines import Light


class TokenScheme(KnoxTokenScheme):
    """The document finds it by `target_class`."""

    target_class = "appeals.api.authentication.TokenAuthentication"
    name = "token"


_CHOICES = {
    "status": Status,
    "chain": Chain,
    "level": Level,
    "nature": Nature,
    "source": Appeal.Source,
    "light": Light,
}
_SAYS = {
    "handler": "A user name, `me`, or `none`.",
    "number": "Numbers of appeals, at most 200, by comma.",
    "q": "Number, part of the title, part of the enterprise's name.",
    "owner": "`me`: cases that you have taken over as a leader.",
    "ordered": "true: a supervision order waits for its answer.",
    "to_decide": "`extension`: you may decide on the extension that was asked for.",
    "overdue": "true: past the limit of resolving without a reply.",
    **dict.fromkeys(("topic", "lead", "district", "park", "industry"), "Code or name; several by comma."),
    **dict.fromkeys(("filed_from", "closed_from"), "A day (its beginning) or a moment in ISO 8601."),
    **dict.fromkeys(("filed_to", "closed_to"), "A day (its end) or a moment in ISO 8601."),
}


def _filter(name):
    choices = _CHOICES.get(name)
    values = f"Several by comma: {', '.join(choices.values)}." if choices else ""
    return OpenApiParameter(name, str, description=_SAYS.get(name) or values or "true or false.")


_orderings = [f"{sign}{name}" for name in paging.ORDERINGS for sign in ("", "-")]
FILTERS = [
    *(_filter(name) for name in listing.READERS),
    OpenApiParameter("measure", str, enum=Measure.values, description="The appeals behind a number of the board."),
    OpenApiParameter("period", str, description="Of the measure: 2026-10 or 2026-Q4; default the present month."),
    OpenApiParameter("of", str, enum=["city", "park", *BREAKDOWNS], description="Of the measure: the kind of unit."),
    OpenApiParameter("unit", str, description="Of the measure: the code of the unit."),
    OpenApiParameter("ordering", str, enum=_orderings, default="-filed_at"),
    OpenApiParameter("cursor", str, description="From `next` or `previous`."),
    OpenApiParameter("page_size", int, description=f"1 to {paging.LARGEST_PAGE}, default {paging.PAGE}."),
]
PARAMETERS = {parameter.name for parameter in FILTERS}
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Sent again within 7 days: the same answer, once filed.",
)

PAGE = inline_serializer(
    "AppealPage",
    {
        "results": Line(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "count_capped": serializers.IntegerField(
            help_text=f"Counting stops at {paging.MOST_COUNTED}, of a search at {paging.MOST_FOUND}."
        ),
    },
)
RECORD = inline_serializer("Record", {"results": EventLine(many=True)})
FILES = inline_serializer("Files", {"results": FileOfCase(many=True)})
MOVES_NOW = inline_serializer("MovesNow", {"version": serializers.IntegerField(), "results": PossibleMove(many=True)})


def problems(*statuses: int) -> dict:
    return {(status, "application/problem+json"): Problem for status in statuses}


ON_LIST = problems(400, 401)
ON_FILING = problems(400, 401, 403, 409, 413, 415, 429)
ON_ONE = problems(401, 404)
ON_UPLOAD = problems(400, 401, 403, 404, 409, 413, 415)
ON_FILE = problems(401, 404, 409)
ON_STEP = problems(400, 401, 403, 404, 409, 413, 415, 429)
