"""Why a fact was refused, or earned nothing, in the reader's language."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.activity.rules import Reason

REFUSALS: dict[str, Any] = {
    Reason.UNKNOWN_KIND: _("this kind of activity is not known"),
    Reason.BAD_EXTERNAL_ID: _("must have 1 to 80 characters, none of them control characters"),
    Reason.BAD_TEXT: _("a category or SKU has at most 60 characters, none of them control characters"),
    Reason.BAD_QUANTITY: _("a quantity is a whole number, not negative"),
    Reason.BAD_AMOUNT: _("an amount is not negative and below ten trillion"),
    Reason.AMOUNT_MISMATCH: _("the amount is not the sum of the lines"),
    Reason.LINES_NOT_TAKEN: _("only purchases and refunds have lines"),
    Reason.BAD_TIME: _("the time has no zone"),
    Reason.IN_FUTURE: _("the time lies in the future"),
    Reason.BAD_DISCOUNT: _("points may only pay part of the amount, and must be set aside first"),
    Reason.UNKNOWN_CHANNEL: _("no such channel"),
    Reason.UNKNOWN_MEMBER: _("no member has this reference"),
    Reason.UNKNOWN_STORE: _("no such store"),
    Reason.MEMBER_CLOSED: _("this membership is closed"),
    Reason.MEMBER_FROZEN: _("this membership is frozen: its points can't be used"),
    Reason.DIFFERENT_BODY: _("this id was recorded before with other content"),
    Reason.UNKNOWN_PURCHASE: _("this member has no such purchase in this channel"),
    Reason.NOT_IN_PURCHASE: _("the purchase has no such line"),
    Reason.MORE_THAN_BOUGHT: _("more than is left of what was bought"),
    Reason.NOTHING_TAKEN_BACK: _("these lines had given no points"),
}


def refusal(reason: str) -> str:
    """The sentence for a reason code."""
    return str(REFUSALS[reason])
