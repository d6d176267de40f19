from django.db import migrations

ASSETS = [
    ("points", "Points", True),
    ("growth", "Growth value", True),
    ("balance_principal", "Stored value: principal", False),
    ("balance_gift", "Stored value: gift", True),
]


def define_assets(apps, schema_editor):
    Asset = apps.get_model("ledger", "Asset")
    Asset.objects.bulk_create(
        [Asset(id=n, code=c, name=name, can_expire=e) for n, (c, name, e) in enumerate(ASSETS, 1)]
    )


def drop_assets(apps, schema_editor):
    """In SQL: by then tables that refer to assets are gone, but not from the models' state."""
    codes = ", ".join(f"'{code}'" for code, _, _ in ASSETS)
    schema_editor.execute(f"DELETE FROM ledger_asset WHERE code IN ({codes})")


class Migration(migrations.Migration):
    """The four assets, and room on the pages of rows that postings update in place."""

    dependencies = [("ledger", "0005_append_only_guards")]
    operations = [
        migrations.RunPython(define_assets, drop_assets),
        migrations.RunSQL(
            "SELECT setval(pg_get_serial_sequence('ledger_asset', 'id'), 100);"
            "ALTER TABLE ledger_account SET (fillfactor = 85); ALTER TABLE ledger_lot SET (fillfactor = 85);",
            "ALTER TABLE ledger_account RESET (fillfactor); ALTER TABLE ledger_lot RESET (fillfactor);",
        ),
    ]
