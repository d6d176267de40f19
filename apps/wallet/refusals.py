"""Refusals of stored value in the words of whoever stands at the till."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.approvals import door
from apps.core.errors import LaurelError
from apps.core.money import format_money
from apps.wallet import errors
from apps.wallet.rules import TopUpFault


def refusal(error: LaurelError) -> str:
    """What is wrong and what would make it right."""
    match error:
        case errors.TopUpRefused():
            return _top_up_refused(error)
        case errors.NotEnoughBalance():
            return _not_enough(error)
        case errors.SaleUnfinished(held_fen=held):
            return _("%(held)s is held for a sale that is not finished: take or cancel it first.") % {
                "held": format_money(held)
            }
        case errors.BalanceLeft(principal_fen=left):
            return _("%(left)s of principal is left: refund it first.") % {"left": format_money(left)}
    words = REFUSALS.get(type(error))
    return str(words) % vars(error) if words else door.refusal(error)


def _top_up_refused(error: errors.TopUpRefused) -> str:
    if error.fault == TopUpFault.OVER_CAP:
        if not error.most_fen:
            return _("The legal cap is reached: nothing more can be topped up.")
        return _("At most %(most)s more can be topped up: the legal cap.") % {
            "most": format_money(error.most_fen)
        }
    if error.fault == TopUpFault.TAKEN_TOO_OFTEN:
        return _("This plan can be taken %(times)d times; choose another one.") % {"times": error.most_times}
    return str(FAULTS[error.fault])


def _not_enough(error: errors.NotEnoughBalance) -> str:
    told = _("%(needed)s is needed, the balance has %(held)s.") % {
        "needed": format_money(error.needed_fen),
        "held": format_money(error.held_fen),
    }
    if not error.reserved_fen:
        return told
    more = _("%(reserved)s more is held for another sale: finish or cancel that one first.")
    return _("%(first)s %(second)s") % {
        "first": told,
        "second": more % {"reserved": format_money(error.reserved_fen)},
    }


FAULTS: dict[str, Any] = {
    TopUpFault.NOT_OFFERED: gettext_lazy("This plan is not offered now; choose another one."),
    TopUpFault.OTHER_STORE: gettext_lazy("This plan is not offered at this store; choose another one."),
    TopUpFault.NO_FREE_AMOUNT: gettext_lazy("Only plans can be topped up; choose one."),
}
REFUSALS: dict[type[LaurelError], Any] = {
    errors.MemberRests: gettext_lazy("The membership is frozen or closed: it neither tops up nor pays."),
    errors.FormSentBefore: gettext_lazy(
        "This form was sent before with other contents. Load the page again."
    ),
    errors.ReferenceUsed: gettext_lazy("Payment %(reference)s paid for another top-up; check the reference."),
    errors.BalanceFrozen: gettext_lazy(
        "The balance of this member is being checked and can't be spent now. Take money instead."
    ),
    errors.NothingLeft: gettext_lazy("Nothing of this top-up is left."),
    errors.FormulaClosed: gettext_lazy(
        "The cooling-off period is over after %(days)d days; choose another formula."
    ),
    errors.PlanMissing: gettext_lazy("There is no such draft or plan any more. Look at the list."),
    errors.PlanChanged: gettext_lazy("The draft was worded anew since you looked at it. Read it again."),
    errors.PlanWrong: gettext_lazy("The plan would end before it begins. Choose a later end."),
}
