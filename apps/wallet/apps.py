from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.ledger import late
from apps.stores import roles
from apps.wallet import invariants, menu

SENTENCES = {
    "wallet.top_up": _("Topped up ¥%(amount)s, gift ¥%(gift)s, by %(means)s (%(receipt)s)"),
    "wallet.refund_principal": _(
        "Paid out ¥%(cash)s for top-up %(receipt)s, %(formula)s, gift ¥%(gift)s taken back: %(reason)s"
    ),
    "wallet.draft_plan": _(
        "Drafted the top-up plan %(name)s, version %(version)s: ¥%(amount)s, gift ¥%(gift)s"
    ),
    "wallet.discard_plan": _("Discarded the draft of the top-up plan %(name)s, version %(version)s"),
    "wallet.publish_plan": _(
        "Published the top-up plan %(name)s, version %(version)s: ¥%(amount)s, gift ¥%(gift)s"
    ),
    "wallet.end_plan": _("Ended the top-up plan %(name)s, version %(version)s"),
    "wallet.set_policy": _("Set the stored-value policy: paying takes %(split)s, cap ¥%(cap)s"),
}


class WalletConfig(AppConfig):
    name = "apps.wallet"
    label = "wallet"
    verbose_name = _("Stored value")

    def ready(self) -> None:
        invariants.register()
        menu.register()
        late.takes_late("payback")
        for code, sentence in SENTENCES.items():
            audit.register(code, sentence)
        _grant()


def _grant() -> None:
    see = (
        *("wallet.view_topup", "wallet.view_principalrefund"),
        *("wallet.view_topupplan", "wallet.view_policy"),
    )
    word = ("wallet.add_topupplan", "wallet.change_topupplan", "wallet.publish_plan")
    roles.grant(roles.CLERK, "wallet.take_topup")
    roles.grant(roles.MANAGER, *see, "wallet.take_topup", "wallet.refund_principal")
    roles.grant(roles.MARKETER, *see, *word)
    roles.grant(roles.OPERATIONS, *see, *word, "wallet.take_topup", "wallet.refund_principal")
    roles.grant(roles.AUDITOR, *see)
    roles.guard("wallet.publish_plan", "wallet.refund_principal")
