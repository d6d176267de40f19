from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = """
DROP TRIGGER ledger_lot_last_day_recorded ON ledger_lot;
DROP FUNCTION ledger_last_day_recorded, ledger_extend;
"""


class Migration(migrations.Migration):
    """The function that moves last days, and the guard that asks for its record."""

    dependencies = [("ledger", "0007_entries_found_by_day")]
    operations = [migrations.RunSQL((SQL / "0008_extending.sql").read_text(), UNDO)]
