from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0008_marks_carried_over")]
    operations = [migrations.RemoveField("reconciliation", "watermark")]
