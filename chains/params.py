"""The parameters of a query, read strictly: a misspelt filter must not show everything."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from chains.periods import Period

LONGEST = 100


def check_names(params, allowed) -> None:
    """Raises ValidationError for a name that is none of `allowed`; `format` is DRF's own."""
    known = ", ".join(sorted(allowed))
    unknown = sorted(set(params) - set(allowed) - {"format"})
    if unknown:
        words = _("There is no such parameter; known: %(names)s.") % {"names": known}
        raise serializers.ValidationError({name: [words] for name in unknown})


def read(query: type[serializers.Serializer], request) -> dict:
    """The values of the query parameters; an empty one is not given. Raises ValidationError by name."""
    check_names(request.query_params, query().fields)
    asked = query(data={name: value for name, value in request.query_params.items() if value})
    asked.is_valid(raise_exception=True)
    return asked.validated_data


class Named(serializers.CharField):
    """A row of the taxonomy by code or name; ends as its code."""

    def __init__(self, model, **kwargs):
        self.model = model
        super().__init__(help_text=gettext_lazy("Code or name."), **kwargs)

    def to_internal_value(self, data):
        word = super().to_internal_value(data)
        # Before the look-up: PostgreSQL takes no NUL.
        found = self.model.objects.named(word).first() if len(word) <= LONGEST and word.isprintable() else None
        if found is None:
            raise serializers.ValidationError(_("“%(value)s” is not known here.") % {"value": word[:LONGEST]})
        return found.pk


class PeriodField(serializers.CharField):
    """A month (2026-10) or a quarter (2026-Q4); ends as a Period."""

    def to_internal_value(self, data):
        try:
            return Period.parse(super().to_internal_value(data))
        except ValueError as wrong:
            raise serializers.ValidationError(str(wrong)) from wrong
