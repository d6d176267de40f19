from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = "DROP FUNCTION activity_claim, activity_fault, activity_known; DROP TYPE activity_context;"


class Migration(migrations.Migration):
    """The functions that claim facts in one round trip."""

    dependencies = [
        ("activity", "0001_initial_tables"),
        ("core", "0001_initial_tables"),
        ("ledger", "0002_posting_functions"),
    ]
    operations = [migrations.RunSQL((SQL / "0002_claim.sql").read_text(), UNDO)]
