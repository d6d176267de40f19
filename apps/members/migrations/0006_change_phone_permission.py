from django.db import migrations


class Migration(migrations.Migration):
    """Changing a phone number is a permission of its own."""

    dependencies = [
        ("members", "0005_exports_of_phones"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="member",
            options={
                "permissions": [
                    ("take_access_copy", "Can take a member's access copy"),
                    ("erase_member", "Can erase members"),
                    ("change_phone", "Can change members' phone numbers"),
                ],
                "verbose_name": "member",
                "verbose_name_plural": "members",
            },
        ),
    ]
