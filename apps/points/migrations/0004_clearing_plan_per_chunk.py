from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_assets_and_storage"),
        ("points", "0003_published_versions_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="clearingchunk",
            name="late_entries",
            field=models.BigIntegerField(default=0, verbose_name="late entries"),
        ),
        migrations.AddField(
            model_name="clearingchunk",
            name="late_points",
            field=models.BigIntegerField(default=0, verbose_name="late points"),
        ),
        migrations.AddField(
            model_name="clearingchunk",
            name="planned_accounts",
            field=models.BigIntegerField(default=0, verbose_name="accounts planned"),
        ),
        migrations.AddField(
            model_name="clearingchunk",
            name="planned_lots",
            field=models.BigIntegerField(default=0, verbose_name="lots planned"),
        ),
        migrations.AddField(
            model_name="clearingchunk",
            name="planned_points",
            field=models.BigIntegerField(default=0, verbose_name="points planned"),
        ),
        migrations.AddConstraint(
            model_name="clearingrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")),
                fields=("asset",),
                name="points_clearingrun_one_at_a_time",
            ),
        ),
    ]
