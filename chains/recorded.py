"""Whatever an administrator changes leaves a line in the audit (配置变更)."""

from unfold.admin import ModelAdmin as UnfoldAdmin

from chains.models import Audit
from chains.origin import note


class ModelAdmin(UnfoldAdmin):
    """Every admin of the house is one: a line for each row added, changed or deleted; names of fields, no values."""

    def log_addition(self, request, obj, message):
        entry = super().log_addition(request, obj, message)
        self._note(request, "added", obj, message)
        return entry

    def log_change(self, request, obj, message):
        entry = super().log_change(request, obj, message)
        self._note(request, "changed", obj, message)
        return entry

    def log_deletions(self, request, queryset):
        entries = super().log_deletions(request, queryset)
        for obj in queryset:
            self._note(request, "deleted", obj, "")
        return entries

    def told_of(self, obj) -> str:
        """The words for `obj` in the audit; not the name of an enterprise."""
        return str(obj)

    def _note(self, request, action, obj, message):
        data = {"action": action, "model": obj._meta.label_lower, "pk": str(obj.pk), "fields": _fields(message)}
        note(request, Audit.Kind.CONFIGURATION, by=request.user.pk, subject=self.told_of(obj), data=data)


def _fields(message) -> list[str]:
    """The names of what was changed, of rows within the row as well, as the admin's own log tells them."""
    told = [pair for part in message for pair in part.items()] if isinstance(message, list) else []
    fields = [field for _action, row in told for field in row.get("fields", ())]
    rows = [f"{action} {row['name']}" for action, row in told if "name" in row]
    return [str(word) for word in rows + fields]
