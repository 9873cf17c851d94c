from datetime import datetime

from django.db import migrations
from django.utils import timezone

from routing.deadlines import DEFAULT_POLICY, OWNED_PROGRESS, spans
from routing.terms import Bound, Terms, due_of
from routing.workdays import Workdays

_OF_THE_LEAD = ("sign", "contact", "resolve", "measure", "progress")


def write_terms(apps, schema_editor):
    """From where and by what each limit was set, where the usual limits give it; else the limit is what is known."""
    model = apps.get_model("appeals", "Clock")
    # An ended one may go on: a reply that the review sends back.
    clocks = model.objects.filter(appeal__ended_at=None, appeal__closed_at=None) | model.objects.filter(ended_at=None)
    pauses = apps.get_model("appeals", "Pause").objects.exclude(ended_at=None)
    table, known = _calendar(apps), []
    for clock in clocks.select_related("appeal").iterator(chunk_size=2000):
        case = clock.appeal
        clock.office = (case.lead_id or "") if clock.kind in _OF_THE_LEAD else ""
        clock.office = clock.subject if clock.kind == "support" else clock.office
        stood = pauses.filter(appeal=case, started_at__gte=clock.started_at) if clock.paused_minutes else ()
        stood = tuple((pause.started_at, pause.ended_at) for pause in stood)
        clock.terms = next(terms for terms in _guesses(clock, case, stood) if _gives(terms, clock.due_at, table)).written
        known.append(clock)
    model.objects.bulk_update(known, ["terms", "office"], batch_size=500)


def _guesses(clock, case, stood):
    """The likeliest first; the last one always holds."""
    if (clock.kind, case.level) != ("resolve", "") and clock.kind != "order":
        for start, is_signed in ((clock.started_at, False), (case.signed_at or clock.started_at, True)):
            found = spans(clock.kind, case.level, DEFAULT_POLICY, urgent=case.urgent, is_signed=is_signed)
            yield Terms(start, spans=found, stood=stood)
    if clock.kind == "progress":
        yield Terms(clock.started_at, spans=(OWNED_PROGRESS,), stood=stood)
    day = timezone.localdate(clock.due_at)
    yield Terms(clock.started_at, bounds=(Bound(day, clock.started_at),))
    yield Terms(clock.started_at, bounds=(Bound(clock.due_at, timezone.now()),), stood=stood)


def _gives(terms, due: datetime, table) -> bool:
    return due_of(terms, table) == due


def _calendar(apps) -> Workdays:
    days = apps.get_model("routing", "SpecialDay").objects.filter(department=None)
    hours = apps.get_model("routing", "WorkingSpan").objects.filter(department=None, special_day=None)
    years = apps.get_model("routing", "CalendarYear").objects.values_list("year", flat=True)
    usual = {"hours": tuple(hours.values_list("opens", "closes"))} if hours.exists() else {}
    return Workdays(special=dict(days.values_list("day", "is_workday")), announced=frozenset(years), **usual)


class Migration(migrations.Migration):
    dependencies = [("appeals", "0028_terms_of_clocks"), ("routing", "0008_short_days")]

    operations = [migrations.RunPython(write_terms, migrations.RunPython.noop, elidable=True)]
