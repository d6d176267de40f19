"""The sidebar's lines of this app."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuItem, menu

ITEMS = (
    ("members", _("Members"), "group", "member"),
    ("tags", _("Tags"), "sell", "tag"),
    ("channels", _("Channels"), "hub", "channel"),
    ("consents", _("Consent events"), "handshake", "consentevent"),
    ("phone_exports", _("Exports of phones"), "contact_phone", "phoneexport"),
    ("reveals", _("Reveals"), "visibility", "reveal"),
)


def register() -> None:
    for order, (code, title, icon, model) in enumerate(ITEMS, start=1):
        url_name, permission = f"admin:members_{model}_changelist", f"members.view_{model}"
        menu.register(MenuItem(code, "members", title, icon, url_name, permission, order=order * 10))
