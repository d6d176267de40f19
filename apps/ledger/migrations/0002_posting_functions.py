from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDO = """
DROP FUNCTION ledger_release, ledger_capture, ledger_end_hold, ledger_hold, ledger_post, ledger_post_one, ledger_settle,
  ledger_take, ledger_enter, ledger_lock, ledger_lock_all, ledger_refuse, ledger_refuse_repeat, ledger_spendable;
"""


class Migration(migrations.Migration):
    """The functions that post, hold, capture and release."""

    dependencies = [("ledger", "0001_initial_tables")]
    operations = [migrations.RunSQL((SQL / "0002_posting.sql").read_text(), UNDO)]
