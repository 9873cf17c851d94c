"""The register of enterprises and who speaks for them, and timers that broke.

Appeals are not here: administrators see no case content.
"""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline

from appeals import oversight
from appeals.models import Enterprise, Membership, Timer
from chains.origin import address_of
from chains.recorded import ModelAdmin
from routing.admin import ReadOnlyAdmin


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
