"""The register of enterprises and who speaks for them, limits that are applied, and timers that broke.

Appeals are not here: administrators see no case content.
"""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline

from appeals import limitruns, oversight
from appeals.models import Enterprise, LimitRun, Membership, Timer
from appeals.states import Refused
from chains.freshness import forget
from chains.origin import address_of
from chains.recorded import ModelAdmin
from routing.admin import ReadOnlyAdmin
from routing.models import LimitPolicy


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "decided_by"]


@admin.register(Enterprise)
class EnterpriseAdmin(ModelAdmin):
    list_display = ["credit_code", "name", "district", "park", "industry", "size"]
    list_filter = ["district", "industry", "size"]
    search_fields = ["credit_code", "name"]
    autocomplete_fields = ["district", "park", "industry"]
    inlines = [MembershipInline]

    def told_of(self, enterprise):
        return enterprise.credit_code


@admin.register(Timer)
class TimerAdmin(ReadOnlyAdmin):
    """Timers set aside (搁置): the number, the clock and what went wrong, nothing of the case."""

    list_display = fields = ["number", "kind", "rung", "due_at", "attempts", "retry_at", "error"]
    readonly_fields = ["number", "kind"]
    actions = ["try_again"]

    def get_queryset(self, request):
        return super().get_queryset(request).set_aside().with_cases()

    @admin.display(description=_("appeal"))
    def number(self, timer):
        return timer.clock.appeal.number

    @admin.display(description=_("clock"))
    def kind(self, timer):
        return timer.clock.get_kind_display()

    @admin.action(description=_("Try again now"))
    def try_again(self, request, timers):
        count = oversight.try_again(timers, by=request.user.pk, origin=address_of(request), at=timezone.now())
        told = ngettext(
            "%(count)d timer is tried again with the next sweep.",
            "%(count)d timers are tried again with the next sweep.",
            count,
        )
        self.message_user(request, told % {"count": count})


@admin.register(LimitPolicy)
class LimitPolicyAdmin(ModelAdmin):
    """A changed limit touches new clocks only, unless it is applied to those that run."""

    list_display = ["clock", "level", "urgent", "amount", "unit", "valid_from"]
    list_filter = ["clock", "level", "urgent"]
    actions = ["apply"]

    @admin.action(description=_("Apply to the clocks that run…"), permissions=["change"])
    def apply(self, request, queryset):
        rows, now = list(queryset[:2]), timezone.now()
        if len(rows) != 1:
            self.message_user(request, _("Choose one limit."), messages.WARNING)
            return None
        forget()
        if "confirmed" not in request.POST:
            return self._asked(request, rows[0], now)
        try:
            limitruns.ask(rows[0], by=request.user.pk, origin=address_of(request), at=now)
        except Refused as refused:
            self.message_user(request, refused.reason, messages.ERROR)
        else:
            self.message_user(request, _("It is being applied in the background."), messages.SUCCESS)
        return redirect(request.get_full_path())

    def _asked(self, request, row, now):
        context = {
            **self.admin_site.each_context(request),
            "title": _("Apply to the clocks that run"),
            "opts": self.opts,
            "row": row,
            "preview": limitruns.preview(row, now),
        }
        return TemplateResponse(request, "appeals/admin_limit.html", context)


@admin.register(LimitRun)
class LimitRunAdmin(ReadOnlyAdmin):
    """What was applied by whom, and how many limits it moved."""

    list_display = ["policy", "asked_by", "asked_at", "finished_at", "moved"]
