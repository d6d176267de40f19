from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Awards to many members are written set by set, where nobody owes."""

    dependencies = [("ledger", "0013_freezing_guards")]
    operations = [
        migrations.RunSQL((SQL / "0014_award_batch.sql").read_text(), "DROP FUNCTION ledger_award_batch")
    ]
