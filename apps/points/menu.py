"""The sidebar's lines of this app."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuItem, menu

BOOKS = "points.view_books"
EXTENSIONS = "points.view_extensionrun"
ITEMS = (
    ("points_rules", _("Points rules"), "rule", "rule_changelist", "points.view_rule"),
    (
        "points_clearing",
        _("Points clearing"),
        "event_busy",
        "clearingrun_changelist",
        "points.view_clearingrun",
    ),
    ("points_calendar", _("Expiry calendar"), "calendar_month", "clearingrun_calendar", BOOKS),
    ("points_extension", _("Extensions of points"), "more_time", "extensionrun_changelist", EXTENSIONS),
    ("points_cost", _("Cost of points"), "sell", "unitcost_changelist", "points.view_unitcost"),
)


LIABILITY = MenuItem(
    "points_liability",
    "points",
    _("Liability book"),
    "account_balance",
    "admin:ledger_closedmonth_changelist",
    BOOKS,
    60,
)
TRY = MenuItem(
    "points_try", "points", _("Try a purchase"), "calculate", "points:try", "points.view_rule", order=12
)


def register() -> None:
    menu.register(LIABILITY)
    menu.register(TRY)
    for order, (code, title, icon, page, permission) in enumerate(ITEMS, start=1):
        url_name = f"admin:points_{page}"
        menu.register(MenuItem(code, "points", title, icon, url_name, permission, order=order * 10))
