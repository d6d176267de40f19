from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """A batch whose awards were foreseen is recorded in one call."""

    dependencies = [("activity", "0006_foreseen_awards"), ("ledger", "0014_awards_in_a_batch")]
    operations = [
        migrations.RunSQL(
            (SQL / "0007_foreseen_batch.sql").read_text(), "DROP FUNCTION activity_record_batch"
        )
    ]
