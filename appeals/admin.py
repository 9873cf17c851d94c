"""The register of enterprises and who speaks for them. Appeals are not here: administrators see no case content."""

from django.contrib import admin
from unfold.admin import TabularInline

from appeals.models import Enterprise, Membership
from chains.recorded import ModelAdmin


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
