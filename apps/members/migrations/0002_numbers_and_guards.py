"""A sequence for member numbers; consent events and reveals become append-only in the database."""

from django.db import migrations, models
from django.db.models import Q

SEQUENCE = "CREATE SEQUENCE members_member_number START 1000001;"

GUARDS = """
CREATE FUNCTION members_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('app.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows are kept for ever', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER members_consentevent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON members_consentevent
    FOR EACH STATEMENT EXECUTE FUNCTION members_is_append_only();
CREATE TRIGGER members_reveal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON members_reveal
    FOR EACH STATEMENT EXECUTE FUNCTION members_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial_tables")]
    operations = [
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE members_member_number;"),
        migrations.RunSQL(GUARDS, "DROP FUNCTION members_is_append_only CASCADE;"),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=Q(phone_sealed__isnull=True, phone_hash__isnull=True)
                | Q(phone_sealed__isnull=False, phone_hash__isnull=False),
                name="members_member_phone_sealed_and_hashed",
            ),
        ),
    ]
