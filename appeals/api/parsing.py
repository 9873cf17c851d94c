"""Bodies in, JSON out: what DRF leaves open to senders of the unexpected."""

import json

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable, ParseError, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser

from appeals.api.problems import TooLarge


class JsonBody(JSONParser):
    """One JSON object in UTF-8 (RFC 8259) of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    def parse(self, stream, media_type=None, parser_context=None):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge(_("A body has at most %(most)d bytes.") % {"most": most})
        try:
            data = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
            # "\ud800" is JSON, but half a character is no text: no database would take it.
            json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as wrong:
            raise ParseError(_("The body is not JSON: %(why)s") % {"why": str(wrong)[:200]}) from wrong
        if not isinstance(data, dict):
            raise ValidationError({"body": [_("Send a JSON object.")]})
        return data


def _no_number(name):
    raise ValueError(f"{name} is no number")


class AlwaysJson(DefaultContentNegotiation):
    """A browser that asks for HTML gets JSON, not 406: there is nothing else to get."""

    def select_renderer(self, request, renderers, format_suffix=None):
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
