"""The sidebar's lines of this app."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuItem, menu

ITEMS = (
    ("points_rules", _("Points rules"), "rule", "rule"),
    ("points_clearing", _("Points clearing"), "event_busy", "clearingrun"),
)


def register() -> None:
    for order, (code, title, icon, model) in enumerate(ITEMS, start=1):
        url_name, permission = f"admin:points_{model}_changelist", f"points.view_{model}"
        menu.register(MenuItem(code, "points", title, icon, url_name, permission, order=order * 10))
