"""The sidebar's lines of this app."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuGroup, MenuItem, menu, menu_groups

PROGRAMMES = MenuItem(
    "tiers_programmes",
    "tiers",
    _("Programmes"),
    "military_tech",
    "admin:tiers_programme_changelist",
    "tiers.view_programme",
    order=10,
)


def register() -> None:
    menu_groups.register(MenuGroup("tiers", _("Tiers"), order=15))
    menu.register(PROGRAMMES)
