from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = """
DROP TRIGGER ledger_entry_not_frozen ON ledger_entry;
DROP TRIGGER ledger_hold_not_frozen ON ledger_hold;
DROP FUNCTION ledger_not_frozen;
"""


class Migration(migrations.Migration):
    """A frozen account neither spends nor holds."""

    dependencies = [("ledger", "0012_freezes")]
    operations = [migrations.RunSQL((SQL / "0013_freezing.sql").read_text(), UNDO)]
