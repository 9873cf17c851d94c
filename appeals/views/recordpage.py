"""What the pages of the record show: lines of events and of the audit, without anything that somebody wrote."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from appeals import narrative
from appeals.models import Appeal
from appeals.scope import RECORD_READERS
from appeals.states import Actor, Secret, Status
from appeals.wording import clocktime
from chains.chaining import Fault
from chains.models import Audit
from chains.taxonomy import Role

PAGE = 50


@dataclass(frozen=True)
class Line:
    row: Any
    words: str
    way: str = ""
    late: str = ""


def reads_audit(actor: Actor) -> bool:
    return bool(actor.roles & {Role.AUDITOR, Role.DIRECTOR})


def record(case: Appeal, actor: Actor) -> dict[str, Any]:
    events = list(case.events.select_related("actor", "department"))
    names = narrative.names_in(events)
    return {
        "case": case,
        "lines": [_line(event, names) for event in events],
        "opens_case": bool(actor.roles & RECORD_READERS - {Role.AUDITOR}),
        "reads_audit": reads_audit(actor),
    }


def _line(event, names) -> Line:
    late = clocktime(event.late_by) if event.late_by is not None else ""
    return Line(event, narrative.bare_words_of(event, names), way=_way(event), late=late)


def _way(event) -> str:
    names = [str(Status(code).label) for code in (event.from_status, event.to_status) if code]
    return " → ".join(dict.fromkeys(names))


class Narrowing(forms.Form):
    kind = forms.ChoiceField(choices=[("", _("All kinds")), *Audit.Kind.choices], required=False)
    person = forms.CharField(max_length=150, required=False)
    day = forms.DateField(required=False)
    before = forms.IntegerField(min_value=1, max_value=2**62, required=False)


def audit(query) -> dict[str, Any]:
    """One page of the audit as `query` narrows it; what is no kind or no day narrows nothing."""
    form = Narrowing(query)
    form.is_valid()
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    before = asked.pop("before", None)
    rows = _narrowed(asked).newest().select_related("actor")
    found = list((rows.below(before) if before else rows)[: PAGE + 1])
    return {
        "lines": [Line(row, told(row)) for row in found[:PAGE]],
        "older": found[PAGE - 1].seq if len(found) > PAGE else None,
        "kinds": Narrowing.base_fields["kind"].choices,
        "asked": asked,
        "is_narrowed": bool(asked),
        "is_further": bool(before),
        "verified": _last(Audit.Kind.VERIFICATION),
        "anchored": _last(Audit.Kind.ANCHOR),
        "head": Audit.objects.newest().first(),
    }


def _narrowed(asked):
    rows = Audit.objects.all()
    if "kind" in asked:
        rows = rows.of_kind(asked["kind"])
    if "person" in asked:
        rows = rows.by_name(asked["person"])
    if "day" in asked:
        begin = timezone.make_aware(datetime.combine(asked["day"], time.min))
        rows = rows.since(begin).until(begin + timedelta(days=1))
    return rows


def _last(kind) -> Line | None:
    row = Audit.objects.of_kind(kind).newest().first()
    return Line(row, told(row)) if row else None


def told(row: Audit) -> str:
    """What the line says beside its kind and its subject: numbers and names of ours, never a text."""
    teller = _TOLD.get(row.kind)
    return str(teller(row.data)) if teller else _rows(row.data)


def _rows(data) -> str:
    count = data.get("rows")
    return ngettext("%(n)d row", "%(n)d rows", count) % {"n": count} if isinstance(count, int) else ""


def _verified(data):
    if data["holds"]:
        return _("both chains hold: %(events)d events, %(lines)d lines") % data
    return _("does not hold at %(where)s: %(fault)s") % {"where": data["where"], "fault": Fault(data["fault"]).label}


_ACTIONS = {
    "added": pgettext_lazy("audit", "added"),
    "changed": pgettext_lazy("audit", "changed"),
    "deleted": pgettext_lazy("audit", "deleted"),
}
_DECISIONS = {"confirmed": _("may speak for an enterprise"), "refused": _("does not speak for an enterprise")}


def _changed(data):
    fields = ", ".join(data.get("fields", ()))
    return f"{data['model']} {_ACTIONS[data['action']]}" + (f": {fields}" if fields else "")


_TOLD = {
    Audit.Kind.VERIFICATION: _verified,
    Audit.Kind.ANCHOR: lambda data: ngettext("%(events)d event", "%(events)d events", data["events"]) % data,
    Audit.Kind.CONFIGURATION: _changed,
    Audit.Kind.MEMBERSHIP: lambda data: _DECISIONS.get(data["decision"], ""),
    Audit.Kind.REVEAL: lambda data: Secret(data["field"]).label,
    Audit.Kind.LOGIN_FAILED: lambda data: _("locked out") if data.get("locked") else "",
}
