from django.db import migrations


class Migration(migrations.Migration):
    """One sequence numbers the appeals of every day; its last six digits go into the number."""

    dependencies = [("appeals", "0002_initial")]
    operations = [migrations.RunSQL("CREATE SEQUENCE appeals_number", "DROP SEQUENCE appeals_number")]
