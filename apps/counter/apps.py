from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuItem, menu
from apps.stores import roles


class CounterConfig(AppConfig):
    name = "apps.counter"
    label = "counter"
    verbose_name = _("Counter")

    def ready(self) -> None:
        roles.grant(roles.CLERK, "activity.refund_sale")
        menu.register(
            MenuItem(
                "counter",
                "activity",
                _("Counter"),
                "point_of_sale",
                "counter:home",
                "activity.record_sale",
                order=5,
            )
        )
