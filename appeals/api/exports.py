from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from appeals.api.document import FILTERS, ON_LIST, PARAMETERS
from appeals.api.parsing import AlwaysJson
from appeals.selections import List
from appeals.states import Refused, Why
from appeals.views.exports import stream
from chains.params import check_names

_OF_A_PAGE = {"cursor", "page_size"}


class Unformatted(AlwaysJson):
    """`format` here names that of the file; problems stay JSON."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class Export(APIView):
    content_negotiation_class = Unformatted

    @extend_schema(
        operation_id="export_appeals",
        parameters=[
            OpenApiParameter("format", str, enum=["csv"], default="csv", description="XLSX is made on /exports/."),
            *(parameter for parameter in FILTERS if parameter.name not in _OF_A_PAGE),
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR, **ON_LIST},
    )
    def get(self, request):
        """The appeals that you may list, narrowed and ordered, as a CSV file: one line an appeal, all facts."""
        check_names(request.query_params, PARAMETERS - _OF_A_PAGE)
        if request.query_params.get("format", "csv") != "csv":
            reason = _("Only csv is sent at once; a workbook is made in the background, on /exports/.")
            raise Refused(reason, why=Why.INVALID, errors={"format": [reason]})
        return stream(List.EVERY, request.query_params, request)
