from datetime import UTC, date, datetime

from django.db import migrations

ALWAYS = date(1970, 1, 1)


def set_first_cost(apps, schema_editor):
    """As the founding rule of the till: 100 points for ¥1."""
    then = datetime(1970, 1, 1, tzinfo=UTC)
    apps.get_model("points", "UnitCost").objects.create(fen_per_hundred=100, starts_on=ALWAYS, set_at=then)


def withdraw_first_cost(apps, schema_editor):
    apps.get_model("points", "UnitCost").objects.filter(starts_on=ALWAYS).delete()


class Migration(migrations.Migration):
    dependencies = [("points", "0005_unit_cost")]
    operations = [migrations.RunPython(set_first_cost, withdraw_first_cost)]
