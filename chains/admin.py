"""What administrators keep: accounts and posts, offices, duties, the rule of the score. No case content."""

from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from chains.models import Absence, Department, District, Duty, Industry, Post, ScoreRule, Shift, Topic, User
from chains.recorded import ModelAdmin

# Rights come from posts; groups would be a second truth. A token is for whoever asked with the password, for nobody
# else to make.
admin.site.unregister([Group, AuthToken])


class PostInline(TabularInline):
    model = Post
    extra = 0
    autocomplete_fields = ["department"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ["username", "name", "email", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "posts__role"]
    search_fields = ["username", "name", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password", "name", "email"]}),
        (_("Access"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Moments"), {"fields": ["last_login", "date_joined"]}),
    ]
    filter_horizontal = []
    inlines = [PostInline]


@admin.register(Post)
class PostAdmin(ModelAdmin):
    list_display = ["user", "role", "department", "starts_on", "ends_on"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__name", "department__short_name"]
    autocomplete_fields = ["user", "department"]


@admin.register(Absence)
class AbsenceAdmin(ModelAdmin):
    list_display = ["user", "deputy", "starts_on", "ends_on"]
    search_fields = ["user__username", "user__name", "deputy__username", "deputy__name"]
    autocomplete_fields = ["user", "deputy"]
    date_hierarchy = "starts_on"


@admin.register(Shift)
class ShiftAdmin(ModelAdmin):
    list_display = ["office", "user", "starts_at", "ends_at"]
    search_fields = ["user__username", "user__name", "office__short_name"]
    autocomplete_fields = ["office", "user"]
    date_hierarchy = "starts_at"


class DatedAdmin(ModelAdmin):
    """Rows that old cases name: they are ended, never deleted."""

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Department)
class DepartmentAdmin(DatedAdmin):
    list_display = ["code", "short_name", "tier", "district", "parent", "valid_to"]
    list_filter = ["tier", "district"]
    search_fields = ["code", "name", "short_name"]
    autocomplete_fields = ["parent"]


class DutyInline(TabularInline):
    model = Duty
    extra = 0


@admin.register(Topic)
class TopicAdmin(DatedAdmin):
    list_display = ["code", "name", "chain", "level", "valid_to"]
    list_filter = ["chain", "level"]
    search_fields = ["code", "name", "aliases"]
    inlines = [DutyInline]


@admin.register(District, Industry)
class NameAdmin(DatedAdmin):
    list_display = ["code", "name", "valid_from", "valid_to"]
    search_fields = ["code", "name"]


@admin.register(ScoreRule)
class ScoreRuleAdmin(ModelAdmin):
    list_display = ["version", "valid_from", "response", "on_time", "solved", "satisfied", "first_time"]

    def has_change_permission(self, request, obj=None):
        # A published score names its version: a new rule is a new row.
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(AuthToken)
class TokenAdmin(ModelAdmin):
    """Revoked here, issued to its owner only."""

    list_display = ["user", "created", "expiry"]
    search_fields = ["user__username", "user__name"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def told_of(self, token):
        return str(token.user)


@admin.register(AccessAttempt)
class LockAdmin(AccessAttemptAdmin, ModelAdmin):
    """Whom wrong passwords have locked out; deleting a row lets in again."""
