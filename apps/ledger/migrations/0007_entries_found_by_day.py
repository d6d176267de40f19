"""A small block-range index finds the entries of a day: rows come nearly in the order of time."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_assets_and_storage")]
    operations = [
        migrations.AddIndex(model_name="entry", index=BrinIndex(fields=["at"], name="ledger_entry_by_day"))
    ]
