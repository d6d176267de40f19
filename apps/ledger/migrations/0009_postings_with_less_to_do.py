import re
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
REPLACED = ("ledger_post_one", "ledger_post", "ledger_hold", "ledger_capture")
GONE = """
DROP FUNCTION ledger_credit_all, ledger_lock_one;
DROP FUNCTION ledger_post_one(bigint, smallint, text, bigint, text, timestamptz, date, jsonb, bigint, bigint,
  bigint, date, date, bigint[], date[], date[]);
"""


def _as_before() -> str:
    """The functions as the second migration made them."""
    made = (SQL / "0002_posting.sql").read_text()
    found = [re.search(rf"CREATE (FUNCTION {name}\(.*?^END \$\$;)", made, re.S | re.M) for name in REPLACED]
    return GONE + "\n".join(f"CREATE OR REPLACE {match[1]}" for match in found)


class Migration(migrations.Migration):
    """Postings with less to do for the same rows; batches of plain credits are written set by set."""

    dependencies = [("ledger", "0008_extending_function")]
    operations = [migrations.RunSQL((SQL / "0009_postings.sql").read_text(), _as_before())]
