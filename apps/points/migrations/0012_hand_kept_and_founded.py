"""Adjustments, papers and lists are kept as they were; the first reasons and everybody's daily limit."""

from django.db import migrations

GUARD = """
CREATE TRIGGER points_adjustment_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON points_adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();
CREATE TRIGGER points_attachment_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON points_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();
CREATE TRIGGER points_massaward_kept BEFORE DELETE OR TRUNCATE ON points_massaward
    FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();
CREATE TRIGGER points_massrow_kept BEFORE DELETE OR TRUNCATE ON points_massrow
    FOR EACH STATEMENT EXECUTE FUNCTION core_is_append_only();
"""
BACK = """
DROP TRIGGER points_massrow_kept ON points_massrow;
DROP TRIGGER points_massaward_kept ON points_massaward;
DROP TRIGGER points_attachment_kept ON points_attachment;
DROP TRIGGER points_adjustment_kept ON points_adjustment;
"""
REASONS = (
    ("goodwill", "客诉补偿"),
    ("correction", "差错更正"),
    ("missing", "消费补登"),
    ("abuse", "违规扣回"),
)
LIMIT = 5_000


def found(apps, schema_editor):
    reason = apps.get_model("points", "AdjustmentReason")
    for code, name in REASONS:
        reason.objects.get_or_create(code=code, defaults={"name": name})
    apps.get_model("points", "AdjustmentLimit").objects.get_or_create(
        staff=None, defaults={"points_per_day": LIMIT}
    )


class Migration(migrations.Migration):
    dependencies = [("points", "0011_moved_by_hand"), ("core", "0004_requests_kept")]
    operations = [
        migrations.RunSQL(GUARD, BACK),
        migrations.RunPython(found, migrations.RunPython.noop),
    ]
