"""Every appeal is found by the pairs of signs in its texts; the index is built once all are in."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from appeals.pairs import pairs_of

BATCH = 2_000


def fill(apps, schema_editor):
    findable = apps.get_model("appeals", "Findable")
    rows = apps.get_model("appeals", "Appeal").objects.order_by("pk")
    named, last = rows.values_list("pk", "title", "description", "enterprise__name"), 0
    while batch := list(named.filter(pk__gt=last)[:BATCH]):
        findable.objects.bulk_create(findable(appeal_id=pk, pairs=pairs_of(*texts)) for pk, *texts in batch)
        last = batch[-1][0]


class Migration(migrations.Migration):
    dependencies = [("appeals", "0016_ask_person")]

    operations = [
        migrations.CreateModel(
            name="Findable",
            fields=[
                (
                    "appeal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="appeals.appeal",
                    ),
                ),
                ("pairs", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="findable",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["pairs"], gin_pending_list_limit=512, name="appeals_by_pairs_of_signs"
            ),
        ),
    ]
