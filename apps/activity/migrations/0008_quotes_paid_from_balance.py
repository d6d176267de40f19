from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0007_foreseen_batch"),
    ]

    operations = [
        migrations.AddField(
            model_name="quote",
            name="balance_fen",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="paid from the balance (fen)"),
        ),
    ]
