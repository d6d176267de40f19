from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """The database refuses to change a published wording; its end may be set, or set earlier."""

    dependencies = [("points", "0002_founding_rules")]
    operations = [
        migrations.RunSQL(
            (SQL / "0003_published_versions_kept.sql").read_text(),
            "DROP FUNCTION points_published_is_kept CASCADE; DROP FUNCTION points_rule_identity_is_kept CASCADE;"
            "DROP FUNCTION points_versions_not_truncated CASCADE;",
        ),
    ]
