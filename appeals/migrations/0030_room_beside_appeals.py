"""Room for the next version of an appeal on its own page (HOT).

Every line of the record changes only where the record ends, and no index holds that. Without room each of them moved
the row to another page and wrote all of the appeal's indexes anew.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("appeals", "0029_terms_of_running_clocks")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE appeals_appeal SET (fillfactor = 70)", "ALTER TABLE appeals_appeal RESET (fillfactor)"
        ),
    ]
