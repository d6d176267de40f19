import re
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


def _as_before() -> str:
    """The claiming functions as earlier migrations made them."""
    made = (SQL / "0002_claim.sql").read_text()
    found = re.search(r"CREATE (FUNCTION activity_claim\(.*?^END \$\$;)", made, re.DOTALL | re.MULTILINE)
    gone = "DROP FUNCTION activity_record_foreseen, activity_claim_one;"
    return f"{gone} CREATE OR REPLACE {found[1]} {(SQL / '0004_claim_one.sql').read_text()}"


class Migration(migrations.Migration):
    """A foreseen award is recorded in one call; a batch is claimed with one look at what its facts name."""

    dependencies = [("activity", "0005_replays"), ("ledger", "0009_postings_with_less_to_do")]
    operations = [
        migrations.RunSQL(
            (SQL / "0006_foreseen.sql").read_text() + (SQL / "0006_claim_sets.sql").read_text(), _as_before()
        )
    ]
