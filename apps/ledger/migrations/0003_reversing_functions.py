from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = """
DROP FUNCTION ledger_reverse, ledger_give_back, ledger_take_back, ledger_book_expiry,
  ledger_revivable, ledger_lapsed;
"""


class Migration(migrations.Migration):
    """The functions that take back and give back."""

    dependencies = [("ledger", "0002_posting_functions")]
    operations = [migrations.RunSQL((SQL / "0003_reversing.sql").read_text(), UNDO)]
