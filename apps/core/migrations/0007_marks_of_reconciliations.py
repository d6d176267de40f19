from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0006_reconciliations_named")]
    operations = [
        migrations.AddField("reconciliation", "marks", models.JSONField("through", default=dict)),
    ]
