"""The sidebar's lines of this app."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuItem, menu

ITEMS = (
    MenuItem(
        "stores",
        "stores",
        _("Stores"),
        "storefront",
        "admin:stores_store_changelist",
        "stores.view_store",
        order=10,
    ),
    MenuItem(
        "staff",
        "stores",
        _("Staff"),
        "badge",
        "admin:stores_staff_changelist",
        "stores.view_staff",
        order=20,
    ),
    MenuItem(
        "roles",
        "stores",
        _("Roles and acts"),
        "rule",
        "admin:stores_staff_roles",
        "stores.view_staff",
        order=30,
    ),
)


def register() -> None:
    for item in ITEMS:
        menu.register(item)
