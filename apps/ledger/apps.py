from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.ledger import invariants


class LedgerConfig(AppConfig):
    name = "apps.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        invariants.register()
