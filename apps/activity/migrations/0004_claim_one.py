from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """One fact is claimed without arrays."""

    dependencies = [
        ("activity", "0003_activities_found_by_day"),
        ("ledger", "0009_postings_with_less_to_do"),
        ("points", "0010_rulebook_stamp"),
    ]
    operations = [
        migrations.RunSQL((SQL / "0004_claim_one.sql").read_text(), "DROP FUNCTION activity_claim_one;")
    ]
