"""What was asked for stays as it was asked, decisions stay decided, and no request is deleted."""

from django.db import migrations

GUARD = """
CREATE FUNCTION core_approvalrequest_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.act, OLD.payload, OLD.payload_hash, OLD.plan, OLD.plan_hash, OLD.bar, OLD.asked_by_id, OLD.asked_at,
        OLD.expires_at) IS DISTINCT FROM
       (NEW.act, NEW.payload, NEW.payload_hash, NEW.plan, NEW.plan_hash, NEW.bar, NEW.asked_by_id, NEW.asked_at,
        NEW.expires_at) THEN
        RAISE EXCEPTION 'what request % asked for can''t be changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> NEW.state AND NOT (
        OLD.state = 'waiting' OR (OLD.state = 'running' AND NEW.state IN ('done', 'stopped'))
        OR (OLD.state = 'done' AND NEW.state = 'undone')) THEN
        RAISE EXCEPTION 'request % is % and can''t become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER core_approvalrequest_stays BEFORE UPDATE ON core_approvalrequest
    FOR EACH ROW EXECUTE FUNCTION core_approvalrequest_stays();
CREATE TRIGGER core_approvalrequest_kept BEFORE DELETE OR TRUNCATE ON core_approvalrequest
    FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();
"""
BACK = """
DROP TRIGGER core_approvalrequest_kept ON core_approvalrequest;
DROP TRIGGER core_approvalrequest_stays ON core_approvalrequest;
DROP FUNCTION core_approvalrequest_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_approvals")]
    operations = [migrations.RunSQL(GUARD, BACK)]
