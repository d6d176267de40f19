"""Refusals in the clerk's words: what is wrong and what would make it right."""

from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.activity import errors as activity
from apps.activity.rules import Reason
from apps.activity.services import SalePreview
from apps.core.errors import LaurelError
from apps.core.money import format_fen, format_money
from apps.counter.forms.members import BIRTHDAY_FAULTS, GUARDIAN_NEEDED
from apps.ledger import errors as ledger
from apps.members import errors as members
from apps.points import queries as points
from apps.wallet import refusals
from apps.wallet.errors import WalletError


def enrolment_refused(error: members.MembersError) -> tuple[str | None, str]:
    """The field to blame (None: the form as a whole) and the sentence for it."""
    match error:
        case members.InvalidPhone():
            return "phone", sentence(error)
        case members.GuardianConsentNeeded():
            return "guardian_consent", str(GUARDIAN_NEEDED)
        case members.InvalidBirthday(code=code):
            return "birthday", str(BIRTHDAY_FAULTS[code])
        case _:
            return None, sentence(error)


def sentence(error: Exception) -> str:
    """The fact of a refusal as a sentence of its own."""
    text = str(error)
    return text[:1].upper() + text[1:]


def spending_refused(facts: SalePreview | activity.CannotSpend, asked: int, *, at: datetime) -> str:
    """Why so many points can't be used on a bill, and how many can."""
    spec = points.live_spec("spending", at)
    if spec is None:
        return _("Points can't be used for payment: no rule for it is published.")
    words = {
        "below_minimum": _("At least %(minimum)s points are used at a time, not %(asked)s."),
        "not_a_step": _("Points are used in steps of %(step)s; %(asked)s is none."),
        "over_share": _("%(asked)s points are more than this bill takes."),
        "more_than_spendable": _("The member can't spend %(asked)s points."),
    }[facts.refusal]
    told = words % {"asked": f"{asked:,}", "minimum": f"{spec.min_points:,}", "step": f"{spec.step_points:,}"}
    return _together(told, _most(facts.max_points))


def _most(points_allowed: int) -> str:
    if not points_allowed:
        return _("None can be used on this bill.")
    return _("At most %(most)s can be used here.") % {"most": f"{points_allowed:,}"}


def sale_refused(error: LaurelError, *, at: datetime) -> str:
    """Why a sale or refund was refused, and what would make it right."""
    match error:
        case activity.CannotSpend():
            return spending_refused(error, error.points, at=at)
        case ledger.NotEnough():
            return _not_enough(error)
        case ledger.AccountFrozen():
            return _(
                "The points of this member are being checked and can't be spent now. Sell without points."
            )
        case activity.QuoteEnded():
            return _quote_ended(error)
        case activity.RefundsTooMuchMoney(asked=asked, left=left):
            return _("¥%(asked)s is more than the ¥%(left)s that can still come back.") % {
                "asked": format_fen(asked),
                "left": format_fen(left),
            }
        case activity.OverBill(asked_fen=asked, bill_fen=bill):
            return _("%(asked)s from the balance is more than the %(bill)s to pay.") % {
                "asked": format_money(asked),
                "bill": format_money(bill),
            }
        case WalletError():
            return refusals.refusal(error)
        case activity.RefundsTooMuch(asked=asked, left=left):
            return _("%(asked)s pieces are more than the %(left)s that can still come back.") % {
                "asked": f"{asked:,}",
                "left": f"{left:,}",
            }
        case activity.NothingToRefund():
            return _("Choose what comes back: fill in at least one line.")
        case activity.Refused(reason=reason):
            return _fact_refused(reason)
        case _:
            return sentence(error)


def _not_enough(error: ledger.NotEnough) -> str:
    told = _("%(needed)s points are needed, %(held)s can be spent.") % {
        "needed": f"{error.needed:,}",
        "held": f"{error.held:,}",
    }
    if not error.reserved:
        return told
    reserved = _("%(reserved)s more are held for another sale: finish or cancel that one first.")
    return _together(told, reserved % {"reserved": f"{error.reserved:,}"})


def _together(first: str, second: str) -> str:
    """Two sentences, parted as the language parts them."""
    return _("%(first)s %(second)s") % {"first": first, "second": second}


def _quote_ended(error: activity.QuoteEnded) -> str:
    if error.state == "cancelled":
        return _("This sale was cancelled or ran out of time; nothing was sold. Go back and quote it again.")
    return _("The time for this sale ended at %(time)s; nothing was sold. Go back and quote it again.") % {
        "time": f"{localtime(error.due_at):%H:%M}"
    }


def _fact_refused(reason: str) -> str:
    words = {
        Reason.MEMBER_CLOSED: _("The membership is closed: it neither earns nor spends."),
        Reason.MEMBER_FROZEN: _("The membership is frozen: lift the freeze first, or sell without points."),
        Reason.BAD_AMOUNT: _("This amount can't be right; please check it."),
        Reason.BAD_QUANTITY: _("This number of pieces can't be right; please check it."),
        Reason.BAD_TEXT: _("The category has characters that can't be kept."),
        Reason.DIFFERENT_BODY: _("This was sent before with other contents. Load the page again."),
    }
    return words.get(reason) or _("The sale was refused (%(reason)s).") % {"reason": reason}
