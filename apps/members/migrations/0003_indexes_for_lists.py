"""Each index answers a question of the counter or the lists; every other one would slow imports."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0002_numbers_and_guards"),
        ("stores", "0001_initial_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="member",
            name="home_store",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.store",
                verbose_name="store of origin",
            ),
        ),
        migrations.AlterField(
            model_name="member",
            name="member_ref",
            field=models.CharField(blank=True, max_length=64, null=True, verbose_name="source reference"),
        ),
        migrations.AlterField(
            model_name="member",
            name="number",
            field=models.CharField(max_length=20, verbose_name="member number"),
        ),
        migrations.AlterField(
            model_name="member",
            name="referrer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="referred",
                to="members.member",
                verbose_name="referred by",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass("name", "text_pattern_ops"), name="members_by_name"
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("referrer__isnull", False)),
                fields=["referrer"],
                name="members_by_referrer",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("status", "active"), _negated=True),
                fields=["status", "-joined_at"],
                name="members_not_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(fields=("number",), name="members_member_number_once"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                fields=("member_ref",),
                name="members_member_ref_once",
                violation_error_message="Another member already has this source reference.",
            ),
        ),
    ]
