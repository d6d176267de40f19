"""A small block-range index finds the activities of a day: rows come nearly in the order of time."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("activity", "0002_claiming_functions")]
    operations = [
        migrations.AddIndex(
            model_name="activity", index=BrinIndex(fields=["occurred_at"], name="activity_by_day")
        )
    ]
