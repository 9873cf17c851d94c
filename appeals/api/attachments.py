"""Files over the API: one in a multipart body, to be filed later or to a case; read as a download."""

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from appeals import attachments, intake, reading
from appeals.api import bodies, shapes
from appeals.api.document import FILES, ON_FILE, ON_ONE, ON_UPLOAD, problems
from appeals.api.problems import TooLarge
from appeals.api.views import OfOneAppeal
from appeals.views.downloading import as_download
from appeals.views.who import actor_in

_AROUND = 64 * 1024  # bytes of a body besides its file


class OneFile(MultiPartParser):
    """What is too large is refused by its length, before it is read."""

    def parse(self, stream, media_type=None, parser_context=None):
        length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.ATTACHMENT_MOST_BYTES + _AROUND:
            raise TooLarge(attachments.too_large())
        return super().parse(stream, media_type, parser_context)


def _sent(request) -> tuple[str, bytes]:
    """Name and content of the file `file` of the body."""
    sent = request.FILES.getlist("file")
    if len(sent) != 1:
        raise ValidationError({"file": [_("Send one file.")]})
    if sent[0].size > settings.ATTACHMENT_MOST_BYTES:
        raise TooLarge(attachments.too_large())
    return sent[0].name, sent[0].read()


def _internal(request) -> bool:
    raw = request.data.get("internal")
    try:
        return not reading.is_empty(raw) and reading.truth(raw)
    except ValueError as wrong:
        raise ValidationError({"internal": [str(wrong)]}) from wrong


class Staged(APIView):
    parser_classes = [OneFile]

    @extend_schema(
        operation_id="stage_attachment",
        request={"multipart/form-data": bodies.FileToFile},
        responses={201: shapes.StagedFile, **ON_UPLOAD},
    )
    def post(self, request):
        """Send a file before filing; name its id in `attachments` of POST /appeals/ within a day."""
        actor = actor_in(request)
        intake.check_may_file(actor)
        one = attachments.receive(*_sent(request), by=actor, at=timezone.now())
        return Response(shapes.StagedFile(one).data, status=201)


class OfCase(OfOneAppeal):
    parser_classes = [OneFile]

    @extend_schema(operation_id="list_attachments", responses={200: FILES, **ON_ONE})
    def get(self, request, number):
        """The files of an appeal; internal ones for staff only."""
        found = attachments.of_case(self.case(), to=self.actor)
        return Response({"results": shapes.FileOfCase(found, many=True).data})

    @extend_schema(
        operation_id="upload_attachment",
        request={"multipart/form-data": bodies.FileToCase},
        responses={201: shapes.FileOfCase, **ON_UPLOAD},
    )
    def post(self, request, number):
        """Add a file: one event. Until the virus scanner has looked at it, its state is `checking`."""
        case = self.case()
        one = attachments.upload(case, *_sent(request), by=self.actor, internal=_internal(request), at=self.now)
        return Response(shapes.FileOfCase(one).data, status=201)


class OneOfCase(OfOneAppeal):
    @extend_schema(
        operation_id="download_attachment",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **ON_FILE},
    )
    def get(self, request, number, pk):
        """The file itself; 409 until it has been checked, and if it was refused."""
        return as_download(attachments.opened(self.file(pk), by=self.actor, at=self.now))

    @extend_schema(operation_id="remove_attachment", responses={204: None, **ON_FILE, **problems(403)})
    def delete(self, request, number, pk):
        """Take back a file of your own, within the hour and before the reply: one event."""
        attachments.remove(self.file(pk), by=self.actor, at=self.now)
        return Response(status=204)

    def file(self, pk):
        return get_object_or_404(attachments.of_case(self.case(), to=self.actor), pk=pk)
