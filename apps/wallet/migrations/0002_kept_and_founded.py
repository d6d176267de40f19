"""Money rows and published plans are kept as they were; the first policy."""

from datetime import UTC, datetime

from django.db import migrations

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
KEPT = ("wallet_topup", "wallet_return", "wallet_principalrefund", "wallet_policy")
GUARD = (
    "".join(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();\n"
        for table in KEPT
    )
    + """
CREATE TRIGGER wallet_payment_kept BEFORE DELETE OR TRUNCATE ON wallet_payment
  FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();

CREATE FUNCTION wallet_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of a row of % is refused: it is kept as it was', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

-- A payment is paid once; nothing else of it changes.
CREATE TRIGGER wallet_payment_once BEFORE UPDATE ON wallet_payment FOR EACH ROW
  WHEN (OLD.paid_at IS NOT NULL
        OR (OLD.id, OLD.member_id, OLD.principal_fen, OLD.gift_fen, OLD.principal_hold_id, OLD.gift_hold_id)
           IS DISTINCT FROM
           (NEW.id, NEW.member_id, NEW.principal_fen, NEW.gift_fen, NEW.principal_hold_id, NEW.gift_hold_id))
  EXECUTE FUNCTION wallet_is_kept();

-- A published plan is a promise: only its end may come, or come sooner.
CREATE TRIGGER wallet_topupplan_kept BEFORE UPDATE ON wallet_topupplan FOR EACH ROW
  WHEN (OLD.published_at IS NOT NULL
        AND ((OLD.code, OLD.number, OLD.name, OLD.amount_fen, OLD.gift_fen, OLD.gift_days, OLD.store_ids,
              OLD.most_per_member, OLD.starts_at, OLD.published_at)
             IS DISTINCT FROM
             (NEW.code, NEW.number, NEW.name, NEW.amount_fen, NEW.gift_fen, NEW.gift_days, NEW.store_ids,
              NEW.most_per_member, NEW.starts_at, NEW.published_at)
             OR NEW.ends_at IS NULL AND OLD.ends_at IS NOT NULL OR NEW.ends_at > OLD.ends_at))
  EXECUTE FUNCTION wallet_is_kept();
CREATE TRIGGER wallet_topupplan_not_deleted BEFORE DELETE ON wallet_topupplan FOR EACH ROW
  WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION wallet_is_kept();
"""
)
BACK = (
    "".join(f"DROP TRIGGER {table}_kept ON {table};\n" for table in KEPT)
    + """
DROP TRIGGER wallet_payment_kept ON wallet_payment;
DROP FUNCTION wallet_is_kept CASCADE;
"""
)


def found(apps, schema_editor):
    """Spelled out in full, so that a default changed later does not change what was founded here."""
    apps.get_model("wallet", "Policy").objects.create(
        split="gift_first",
        named_cap_fen=500_000,
        nameless_cap_fen=100_000,
        cooling_days=7,
        grace_days=30,
        takes_any_amount=True,
        starts_at=ALWAYS,
    )


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_initial_tables"), ("core", "0002_audit_entries_kept")]
    operations = [
        migrations.RunPython(found, migrations.RunPython.noop),
        migrations.RunSQL(GUARD, BACK),
    ]
