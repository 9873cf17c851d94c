"""What the API is sent, described for its document; the values themselves are read by appeals.filing and .steps."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from appeals.models import Appeal
from appeals.table import Field, Kind, Move
from chains.taxonomy import Nature


class Filing(serializers.Serializer):
    title = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=5000)
    enterprise = serializers.CharField(
        required=False, help_text="Credit code; required for staff and for members of several enterprises."
    )
    district = serializers.CharField(required=False, help_text="Code or name; default the enterprise's.")
    industry = serializers.CharField(required=False, help_text="Code or name; default the enterprise's.")
    nature = serializers.ChoiceField(Nature.choices, required=False)
    urgent = serializers.BooleanField(required=False)
    anonymous = serializers.BooleanField(required=False, help_text="Not named to the department.")
    complained_of = serializers.CharField(required=False, help_text="Department, by code or name.")
    contact_name = serializers.CharField(required=False, max_length=50)
    contact_phone = serializers.CharField(required=False, max_length=40)
    external_number = serializers.CharField(required=False, max_length=60)
    source = serializers.ChoiceField(Appeal.Source.choices, required=False)
    attachments = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, help_text="Files that you have sent before."
    )
    wants_person = serializers.BooleanField(required=False, help_text="Not to be dispatched automatically.")
    follows = serializers.CharField(required=False, help_text="Number of an older appeal about the same.")


class PartBody(serializers.Serializer):
    title = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=5000, required=False)


class FileToFile(serializers.Serializer):
    file = serializers.FileField(help_text="PDF, JPEG, PNG, WEBP, HEIC, Office, OFD, TXT or CSV of at most 10 MB.")


class FileToCase(FileToFile):
    internal = serializers.BooleanField(required=False, help_text="Staff only; hidden from the enterprise.")


def body_of(move: Move) -> serializers.Serializer:
    """The body of POST /appeals/{number}/{verb}/, from the table of moves."""
    name = "".join(word.capitalize() for word in move.verb.split("_"))
    version = serializers.IntegerField(min_value=1, help_text="The version of the appeal that was seen.")
    return inline_serializer(f"{name}Body", {"version": version} | {field.name: _input(field) for field in move.fields})


def _input(field: Field) -> serializers.Field:
    common = {"required": field.required, "help_text": str(field.label)}
    return _INPUTS[field.kind](field, common)


_INPUTS = {
    Kind.TEXT: lambda field, common: serializers.CharField(max_length=field.max_length, **common),
    Kind.BOOL: lambda field, common: serializers.BooleanField(**common),
    Kind.CHOICE: lambda field, common: serializers.ChoiceField(field.choices.choices, **common),
    Kind.INTEGER: lambda field, common: serializers.IntegerField(min_value=field.low, max_value=field.high, **common),
    Kind.TOPIC: lambda field, common: serializers.CharField(**common),
    Kind.DEPARTMENT: lambda field, common: serializers.CharField(**common),
    Kind.DEPARTMENTS: lambda field, common: serializers.ListField(child=serializers.CharField(), **common),
    Kind.HANDLER: lambda field, common: serializers.CharField(**common),
    Kind.LEADER: lambda field, common: serializers.CharField(**common),
    Kind.DATE: lambda field, common: serializers.DateField(**common),
    Kind.APPEAL: lambda field, common: serializers.CharField(**common),
    Kind.PARTS: lambda field, common: serializers.ListField(child=PartBody(), **common),
}


class Problem(serializers.Serializer):
    """RFC 9457; `errors` by field, and with 409 on a step the newer state."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()

    def get_fields(self):
        lists = serializers.ListField(child=serializers.CharField())
        return {**super().get_fields(), "errors": serializers.DictField(child=lists, required=False)}
