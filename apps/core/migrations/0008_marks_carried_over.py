from django.db import migrations

FORTH = "UPDATE core_reconciliation SET marks = jsonb_build_object('entries', watermark)"
BACK = "UPDATE core_reconciliation SET watermark = coalesce((marks->>'entries')::bigint, 0)"


class Migration(migrations.Migration):
    dependencies = [("core", "0007_marks_of_reconciliations")]
    operations = [migrations.RunSQL(FORTH, BACK)]
