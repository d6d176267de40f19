from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Entries, allocations, reversals, declines and lots' grants can't be changed or deleted."""

    dependencies = [("ledger", "0004_expiring_function")]
    operations = [
        migrations.RunSQL(
            (SQL / "0005_guards.sql").read_text(),
            "DROP FUNCTION ledger_is_append_only, ledger_hold_ends_once CASCADE;",
        ),
    ]
