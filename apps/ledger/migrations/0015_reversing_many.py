from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Many entries are taken back in one call, and what a reversal asks of a credit is planned once."""

    dependencies = [("ledger", "0014_awards_in_a_batch")]
    operations = [
        migrations.RunSQL(
            (SQL / "0015_reversing_many.sql").read_text(),
            (SQL / "0015_reversing_many_undo.sql").read_text(),
        )
    ]
