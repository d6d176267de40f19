"""The sidebar's lines of this app. Read before models are loaded."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuGroup, MenuItem, menu, menu_groups

GROUP = MenuGroup("wallet", _("Stored value"), order=25)
ITEMS = (
    ("wallet_topups", _("Top-ups"), "add_card", "admin:wallet_topup_changelist", "wallet.view_topup"),
    ("wallet_tills", _("Till summary"), "summarize", "admin:wallet_topup_tills", "wallet.view_topup"),
    (
        "wallet_refunds",
        _("Refunds of principal"),
        "undo",
        "admin:wallet_principalrefund_changelist",
        "wallet.view_principalrefund",
    ),
    ("wallet_plans", _("Top-up plans"), "sell", "admin:wallet_topupplan_changelist", "wallet.view_topupplan"),
    (
        "wallet_policy",
        _("Stored-value policy"),
        "gavel",
        "admin:wallet_policy_changelist",
        "wallet.view_policy",
    ),
)


def register() -> None:
    menu_groups.register(GROUP)
    for order, (code, title, icon, url_name, permission) in enumerate(ITEMS, start=1):
        menu.register(MenuItem(code, "wallet", title, icon, url_name, permission, order=order * 10))
