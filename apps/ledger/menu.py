"""The sidebar's line of this app."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuItem, menu

LEDGER = MenuItem(
    "ledger",
    "points",
    _("Points ledger"),
    "receipt_long",
    "admin:ledger_entry_changelist",
    "ledger.view_entry",
    order=30,
)


def register() -> None:
    menu.register(LEDGER)
