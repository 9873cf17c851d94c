"""The record becomes a hash chain that the database lets nobody change; what stands in it already is sealed as it is."""

from itertools import groupby, islice

from django.db import migrations, models

from appeals.sealing import line_of
from chains import chaining

BATCH = 5_000
SEAL_EVENTS = """
UPDATE appeals_event SET hash = sealed.hash
FROM unnest(%s::bigint[], %s::text[]) AS sealed (id, hash) WHERE appeals_event.id = sealed.id
"""
SEAL_APPEALS = """
UPDATE appeals_appeal SET last_hash = sealed.hash
FROM unnest(%s::bigint[], %s::text[]) AS sealed (id, hash) WHERE appeals_appeal.id = sealed.id
"""
APPEND_ONLY = """
CREATE TRIGGER record_is_append_only BEFORE UPDATE OR DELETE ON appeals_event
    FOR EACH ROW EXECUTE FUNCTION record_is_append_only();
"""
CHANGEABLE = "DROP TRIGGER record_is_append_only ON appeals_event;"


def seal_all(apps, schema_editor):
    rows = apps.get_model("appeals", "Event").objects.annotate(number=models.F("appeal__number"))
    sealed = _sealed(rows.order_by("appeal_id", "seq").iterator(chunk_size=BATCH))
    with schema_editor.connection.cursor() as cursor:
        while batch := list(islice(sealed, BATCH)):
            cursor.execute(SEAL_EVENTS, [[pk for pk, _appeal, _hash in batch], [seal for _pk, _appeal, seal in batch]])
            heads = {appeal: seal for _pk, appeal, seal in batch}
            cursor.execute(SEAL_APPEALS, [list(heads), list(heads.values())])


def _sealed(events):
    for appeal, lines in groupby(events, key=lambda event: event.appeal_id):
        seal = chaining.FIRST
        for event in lines:
            seal = chaining.seal(seal, line_of(event.number, event))
            yield event.pk, appeal, seal


class Migration(migrations.Migration):
    dependencies = [("appeals", "0006_escalation"), ("chains", "0002_audit")]

    operations = [
        migrations.AddField("appeal", "last_hash", models.CharField(blank=True, default="", max_length=64), False),
        migrations.AddField("event", "origin", models.GenericIPAddressField(null=True)),
        migrations.AddField("event", "hash", models.CharField(default="", max_length=64), False),
        migrations.RunPython(seal_all, migrations.RunPython.noop),
        migrations.AddConstraint(
            "event", models.CheckConstraint(condition=~models.Q(hash=""), name="event_is_sealed")
        ),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
    ]
