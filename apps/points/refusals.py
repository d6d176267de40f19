"""Refusals in the operator's words."""

from typing import Any

from django.utils.translation import gettext_lazy

from apps.core.approvals import door
from apps.core.errors import LaurelError
from apps.ledger import errors as ledger
from apps.points import errors, sentences


def refusal(error: LaurelError) -> str:
    """What is wrong and what would make it right."""
    if isinstance(error, errors.WordingWrong):
        return " ".join(sentences.problem_text(code) for _field, code in error.problems)
    words = REFUSALS.get(type(error))
    return str(words) % vars(error) if words else door.refusal(error)


REFUSALS: dict[type[LaurelError], Any] = {
    errors.CodeTaken: gettext_lazy("Another rule has the code %(code)s. Choose another code."),
    errors.NoDraft: gettext_lazy("This rule has no draft any more. Open a new one."),
    errors.DraftInTheWay: gettext_lazy(
        "Version %(number)d is a draft with other words. Publish or discard it first."
    ),
    errors.DraftChanged: gettext_lazy(
        "The draft was worded anew since you looked at it. Read it again, then publish."
    ),
    errors.NothingToEnd: gettext_lazy("No version of this rule is open: it has ended already."),
    errors.StartsInThePast: gettext_lazy(
        "This lies in the past. Choose a later time, or leave it empty for now."
    ),
    errors.NothingToExtend: gettext_lazy("No points fit, or all that fit are valid for longer."),
    errors.TooWide: gettext_lazy("Choose a member, a month, a store or a tag."),
    errors.ExtensionEnded: gettext_lazy("This can't be done any more: see the state below."),
    errors.ExtensionDiffers: gettext_lazy(
        "The last day of %(lots)d of these lots was moved since they were listed. List them anew."
    ),
    ledger.MonthNotOver: gettext_lazy("This month is not over."),
    ledger.NotTheNextMonth: gettext_lazy("Months are closed one after the other; the next is %(expected)s."),
    ledger.MonthNotCleared: gettext_lazy("%(lots)d lots of this month wait for clearing. Clear them first."),
    ledger.MonthBusy: gettext_lazy("Points are being posted without a pause. Try again in a minute."),
    errors.ClearingTooEarly: gettext_lazy("%(as_of)s has not begun; choose %(today)s or an earlier day."),
    errors.ClearingBusy: gettext_lazy("Run %(run_id)d is under way. Wait until it is finished."),
    errors.ClearingEnded: gettext_lazy("This run has ended. Plan a new one."),
    errors.ReasonUnknown: gettext_lazy("This reason can't be chosen any more. Choose another one."),
    errors.LimitReached: gettext_lazy(
        "%(limit)d points a day may be moved by hand; %(left)d are left today, %(wanted)d were asked for."
    ),
    errors.BadAttachment: gettext_lazy("Attach a PDF, PNG or JPEG file of at most %(most)d MB."),
    errors.ListEnded: gettext_lazy("This list was awarded before. Upload a new one."),
    ledger.NotEnough: gettext_lazy("Only %(held)d points can be taken; %(needed)d were asked for."),
}
