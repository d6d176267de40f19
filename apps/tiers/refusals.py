"""Refusals in the operator's words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.approvals import door
from apps.core.errors import LaurelError
from apps.tiers import errors
from apps.tiers.rules import Unreadable

REFUSALS: dict[type[LaurelError], Any] = {
    errors.UnknownProgramme: _("There is no published programme with the code %(code)s."),
    errors.NoDraft: _("The programme %(code)s has no draft to publish."),
    errors.DraftChanged: _("The draft was changed since you looked at it. Read it again, then publish."),
    errors.AssessmentTooEarly: _(
        "%(as_of)s can't be assessed: choose a day up to today, not before %(bound)s."
    ),
    errors.AssessedSince: _("%(newest)s was assessed already; choose that day or a later one."),
    errors.AssessmentBusy: _("Assessment %(run_id)d is under way. Wait for its end."),
    errors.AssessmentEnded: _("This assessment was started or ended before. Plan a new one."),
    errors.PastPending: _("Growth of the past of %(programme)s is still being booked. Try again in a while."),
    errors.UnknownLevel: _("The programme has no level %(code)s now."),
    errors.EntitlementEnded: _("This has ended already."),
    errors.Disturbed: _("Members changed meanwhile. Try again."),
}
FAULTS = {
    "missing": _("is missing"),
    "unknown_field": _("is not known here (known: %(known)s)"),
    "not_an_object": _("must be an object"),
    "not_a_list": _("must be a list"),
    "not_a_text": _("must be a text"),
    "not_a_whole_number": _("must be a whole number"),
    "not_a_code": _("must be a code: up to 20 of a–z, 0–9, - and _"),
    "not_a_colour": _("must be a colour like #c0c0c0"),
    "not_a_day": _("must be a day, YYYY-MM-DD"),
    "not_one_of": _("must be one of %(choices)s"),
    "out_of_range": _("must be between %(least)s and %(most)s"),
    "too_few": _("must have at least %(least)s"),
    "too_long": _("must have at most %(most)s characters"),
    "above_entry": _("must not be above the entry threshold %(entry)s"),
    "first_is_not_zero": _("must be 0: the first level is everybody's"),
    "twice": _("is named twice: %(value)s"),
    "below_the_one_before": _("must not be below the level before"),
    "same_as_the_one_before": _("must be above the level before"),
    "one_measure": _("must name exactly one of %(choices)s"),
    "purchases_only": _("must be purchase: categories are of purchases"),
    "refunds_take_back": _("must not be refund: refunds take growth back by themselves"),
    "before_first": _("must not be before first_day"),
    "not_a_window": _('must be "lifetime", "anniversary", {"rolling_months": N} or {"calendar": "year"}'),
    "no_periods": _("is for calendar and anniversary windows"),
    "at_period_ends": _("is for lifetime and rolling windows: this one is assessed where its periods end"),
}


def fault(error: Unreadable) -> str:
    """What is wrong in a file, and where."""
    words = FAULTS[error.code]
    return f"{error.path}: {str(words) % error.facts if error.facts else words}"


def refusal(error: LaurelError) -> str:
    """What is wrong and what would make it right."""
    if isinstance(error, errors.StartsTooEarly):
        earliest = f"{error.earliest.astimezone(clock.zone()):%Y-%m-%d %H:%M}"
        return str(_("It may not apply before %(earliest)s: choose a later start.")) % {"earliest": earliest}
    if isinstance(error, errors.EndsTooEarly):
        return str(_("Choose an end that lies ahead."))
    words = REFUSALS.get(type(error))
    return str(words) % vars(error) if words else door.refusal(error)
