from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.ledger import invariants, menu
from apps.stores import roles


class LedgerConfig(AppConfig):
    name = "apps.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        invariants.register()
        menu.register()
        audit.register("ledger.freeze", _("Froze the spending of account %(account)s (%(invariant)s)"))
        audit.register("ledger.lift_freeze", _("Lifted the freeze of account %(account)s: %(note)s"))
        roles.grant(roles.OPERATIONS, "ledger.lift_freeze")
        audit.register("ledger.close_month", _("Closed the month %(month)s"))
        roles.grant(roles.OPERATIONS, "ledger.close_month")
        roles.guard("ledger.lift_freeze", "ledger.close_month")
        for role in (roles.MANAGER, roles.MARKETER, roles.OPERATIONS, roles.AUDITOR):
            roles.grant(role, "ledger.view_entry")
