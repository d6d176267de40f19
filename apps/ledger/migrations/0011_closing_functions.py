from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = """
DROP TRIGGER ledger_closedmonth_kept ON ledger_closedmonth;
DROP TRIGGER ledger_entry_month_open ON ledger_entry;
DROP FUNCTION ledger_close_until, ledger_month_closed;
"""


class Migration(migrations.Migration):
    """Nothing is entered into a closed month."""

    dependencies = [("ledger", "0010_closed_months")]
    operations = [migrations.RunSQL((SQL / "0011_closing.sql").read_text(), UNDO)]
