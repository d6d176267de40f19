from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = """
DROP TRIGGER points_ruleversion_stamped ON points_ruleversion;
DROP FUNCTION points_rulebook_changed;
DROP SEQUENCE points_rulebook_stamps;
"""


class Migration(migrations.Migration):
    """A stamp tells whether a process still knows the rulebook."""

    dependencies = [("points", "0009_started_runs_on_record")]
    operations = [
        migrations.CreateModel(
            name="RulebookStamp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stamp", models.BigIntegerField(verbose_name="stamp")),
            ],
            options={
                "verbose_name": "stamp of the rulebook",
                "verbose_name_plural": "stamps of the rulebook",
            },
        ),
        migrations.RunSQL((SQL / "0010_rulebook_stamp.sql").read_text(), UNDO),
    ]
