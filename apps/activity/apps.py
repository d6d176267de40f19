from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.activity import menu
from apps.activity.invariants import INVARIANTS
from apps.core import audit, invariants
from apps.ledger import late
from apps.stores import roles

SENTENCES = {
    "activity.refund": _("Refunded ¥%(amount)s of purchase %(purchase)s"),
    "activity.cancel_quote": _("Cancelled a quote of ¥%(amount)s"),
    "activity.begin_demo": _("Began to load the demo"),
    "activity.load_demo": _("Loaded the demo"),
    "activity.start_replay": _("Replayed %(name)s, version %(version)s, over %(days)s days"),
    "activity.cancel_replay": _("Cancelled the replay of %(name)s, version %(version)s"),
    "activity.import": _(
        "Imported purchases: %(recorded)s recorded, %(replayed)s known, %(refused)s refused"
    ),
}


class ActivityConfig(AppConfig):
    name = "apps.activity"
    label = "activity"
    verbose_name = _("Activities")

    def ready(self) -> None:
        menu.register()
        late.takes_late("activity", "refund")
        for code, sentence in SENTENCES.items():
            audit.register(code, sentence)
        for code, (title, sql) in INVARIANTS.items():
            invariants.register(code, title, sql)
        _grant()


def _grant() -> None:
    sell = ("activity.view_activity", "activity.record_sale")
    replay = ("activity.view_replay", "activity.run_replay")
    roles.grant(roles.CLERK, *sell)
    roles.grant(roles.MANAGER, *sell, "activity.refund_sale", "activity.view_quote")
    roles.grant(roles.OPERATIONS, *sell, *replay, "activity.refund_sale", "activity.view_quote")
    roles.grant(roles.MARKETER, "activity.view_activity", *replay)
    roles.grant(roles.AUDITOR, "activity.view_activity", "activity.view_quote", "activity.view_replay")
