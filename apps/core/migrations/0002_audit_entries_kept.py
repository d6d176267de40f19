"""Audit entries become append-only in the database itself."""

from django.db import migrations

GUARD = """
CREATE FUNCTION core_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('app.allow_truncate', true) = 'on' THEN
        RETURN NULL;  -- only databases of tests switch this on
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows are kept for ever', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER core_auditentry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial_tables")]
    operations = [migrations.RunSQL(GUARD, "DROP FUNCTION core_is_append_only CASCADE;")]
