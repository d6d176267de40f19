from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """The function that clears a range of accounts."""

    dependencies = [("ledger", "0003_reversing_functions")]
    operations = [
        migrations.RunSQL((SQL / "0004_expiring.sql").read_text(), "DROP FUNCTION ledger_expire;"),
    ]
