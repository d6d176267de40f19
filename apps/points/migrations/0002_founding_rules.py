from datetime import UTC, datetime

from django.db import migrations

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
FOUNDING = [
    (
        "earning",
        "base",
        "消费积分",
        {"effect": "base", "basis": "per_unit", "points": 1, "unit_fen": 100, "rounding": "down"},
    ),
    ("clearing", "annual", "年度滚动清零", {"method": "annual_rolling", "count": 1, "is_default": True}),
    (
        "spending",
        "till",
        "积分抵现",
        {"points": 100, "fen": 100, "min_points": 100, "step_points": 100, "max_share_bp": 5000},
    ),
    ("refund", "refund", "退货积分规则", {"shortfall": "owe", "grace_days": 30}),
]


def publish_founding_rules(apps, schema_editor):
    """Spelled out in full, so that a default changed later does not change what was published here."""
    Rule = apps.get_model("points", "Rule")
    RuleVersion = apps.get_model("points", "RuleVersion")
    for kind, code, name, definition in FOUNDING:
        rule = Rule.objects.create(kind=kind, code=code, name=name, created_at=ALWAYS)
        RuleVersion.objects.create(
            rule=rule,
            number=1,
            definition=definition,
            created_at=ALWAYS,
            published_at=ALWAYS,
            starts_at=ALWAYS,
        )


def withdraw_founding_rules(apps, schema_editor):
    codes = [code for _, code, _, _ in FOUNDING]
    apps.get_model("points", "RuleVersion").objects.filter(rule__code__in=codes).delete()
    apps.get_model("points", "Rule").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    """A new database earns 1 point per ¥1, clears yearly, takes 100 points for ¥1 and lets debts be owed."""

    dependencies = [("points", "0001_initial_tables")]
    operations = [migrations.RunPython(publish_founding_rules, withdraw_founding_rules)]
