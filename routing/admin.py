"""The calendar and the trained models as administrators see them; the limits stand beside the clocks they move."""

import re

from django import forms
from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from chains.recorded import ModelAdmin
from routing.calendar import has_changed
from routing.ladder import Told
from routing.models import CalendarYear, ModelVersion, RungPolicy, SpecialDay, WorkingSpan
from routing.workdays import check_spans


class MinuteField(forms.CharField):
    """A time of the day in words ("08:30"; "24:00" ends it), kept as minutes after midnight."""

    def __init__(self, *args, max_value=None, min_value=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.widget.attrs |= {"placeholder": "08:30", "size": 6}

    def prepare_value(self, value):
        return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value

    def to_python(self, value):
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)|(24):(00)", (value or "").strip())
        if not found:
            raise forms.ValidationError(_("Write a time of the day as 08:30; 24:00 is its end."))
        hours, minutes = (int(part) for part in found.groups() if part)
        return hours * 60 + minutes


class SpanForm(forms.ModelForm):
    """A stretch that ends after it begins and leaves the others of its office alone."""

    opens = MinuteField(label=_("From"))
    closes = MinuteField(label=_("Until"))

    def clean(self):
        values = super().clean()
        if not {"opens", "closes"} <= values.keys():
            return values
        if values["opens"] >= values["closes"]:
            raise forms.ValidationError({"closes": _("Work ends after it begins.")})
        if "special_day" not in self.fields and "department" in self.fields:
            _refuse_overlaps([*self._others(values["department"]), (values["opens"], values["closes"])])
        return values

    def _others(self, department):
        rows = WorkingSpan.objects.usual().of_office(department).exclude(pk=self.instance.pk)
        return rows.values_list("opens", "closes")


def _refuse_overlaps(spans) -> None:
    try:
        check_spans(sorted(spans))
    except ValueError:
        raise forms.ValidationError(_("Two stretches of the day overlap.")) from None


class SpanFormSet(BaseInlineFormSet):
    """The hours of a short day. A day off has none."""

    def clean(self):
        super().clean()
        if any(self.errors):
            return
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if kept and not self.instance.is_workday:
            raise forms.ValidationError(_("A day off has no working hours: say that it is a workday, or remove them."))
        _refuse_overlaps([(values["opens"], values["closes"]) for values in kept])


class SpanInline(TabularInline):
    model = WorkingSpan
    form, formset = SpanForm, SpanFormSet
    fields = ["opens", "closes"]
    extra = 0
    verbose_name_plural = _("Hours of this day alone (a short day); none: the usual ones")


class CalendarAdmin(ModelAdmin):
    """A change here moves the clocks that run, once it is committed."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        has_changed()

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        has_changed()

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        has_changed()


class DayForm(forms.ModelForm):
    """One row a day and office, said at the field; the database would only say that it may not be."""

    def clean(self):
        values = super().clean()
        taken = SpecialDay.objects.of_office(values.get("department")).exclude(pk=self.instance.pk)
        if values.get("day") and taken.between(values["day"], values["day"]).exists():
            raise forms.ValidationError({"day": _("This day is named already; change that row.")})
        return values


@admin.register(SpecialDay)
class SpecialDayAdmin(CalendarAdmin):
    form = DayForm
    list_display = ["day", "is_workday", "name", "department", "by_notice"]
    list_filter = ["is_workday", "by_notice"]
    date_hierarchy = "day"
    autocomplete_fields = ["department"]
    inlines = [SpanInline]


@admin.register(WorkingSpan)
class WorkingSpanAdmin(CalendarAdmin):
    form = SpanForm
    list_display = ["__str__", "department"]
    autocomplete_fields = ["department"]
    fields = ["opens", "closes", "department"]

    def get_queryset(self, request):
        return super().get_queryset(request).usual()


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
class CalendarYearAdmin(CalendarAdmin):
    """A year is announced once its days are in: by `load_workdays`, or by hand where the library is older."""

    list_display = ["year", "source", "loaded_at"]
    fields = ["year", "source"]

    def save_model(self, request, obj, form, change):
        obj.loaded_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["pk", "created_at", "is_champion", "promoted_at", "corpus"]
    exclude = ["blob"]
