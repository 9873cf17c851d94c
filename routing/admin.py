"""The calendar, the limits and the trained models as administrators see them."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chains.recorded import ModelAdmin
from routing.ladder import Told
from routing.models import CalendarYear, LimitPolicy, ModelVersion, RungPolicy, SpecialDay, WorkingSpan


@admin.register(SpecialDay)
class SpecialDayAdmin(ModelAdmin):
    list_display = ["day", "is_workday", "name", "department"]
    list_filter = ["is_workday"]
    date_hierarchy = "day"
    autocomplete_fields = ["department"]


@admin.register(WorkingSpan)
class WorkingSpanAdmin(ModelAdmin):
    list_display = ["__str__", "department"]
    autocomplete_fields = ["department"]


@admin.register(LimitPolicy)
class LimitPolicyAdmin(ModelAdmin):
    list_display = ["clock", "level", "urgent", "amount", "unit", "valid_from"]
    list_filter = ["clock", "level", "urgent"]


class RungForm(forms.ModelForm):
    tells = forms.MultipleChoiceField(
        label=_("tells"), choices=Told, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = RungPolicy
        fields = ["clock", "rung", "workdays", "tells", "effect", "valid_from"]


@admin.register(RungPolicy)
class RungPolicyAdmin(ModelAdmin):
    form = RungForm
    list_display = ["clock", "rung", "workdays", "told", "effect", "valid_from"]
    list_filter = ["clock", "rung"]

    @admin.display(description=_("tells"))
    def told(self, row):
        return "、".join(str(Told(word).label) for word in row.tells) or "–"


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(CalendarYear)
class CalendarYearAdmin(ReadOnlyAdmin):
    list_display = ["year", "source", "loaded_at"]


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["pk", "created_at", "is_champion", "promoted_at", "corpus"]
    exclude = ["blob"]
