from django.db import migrations

FUNCTION = "ALTER FUNCTION ledger_expire(smallint, date, bigint, bigint, int, timestamptz, text)"
SETTINGS = {"plan_cache_mode": "force_custom_plan", "enable_seqscan": "off", "random_page_cost": "1.1"}


class Migration(migrations.Migration):
    """A chunk of clearing finds its lots and accounts by their keys. Left to itself the planner read all lots of a shop
    of some 100,000 members twice for each chunk."""

    dependencies = [("ledger", "0015_reversing_many")]
    operations = [
        migrations.RunSQL(f"{FUNCTION} SET {name} = {value}", f"{FUNCTION} RESET {name}")
        for name, value in SETTINGS.items()
    ]
