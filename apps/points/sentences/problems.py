"""Problems of a wording, told so that they can be put right."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PROBLEMS = {
    "unknown": gettext_lazy("Choose one of the values offered."),
    "positive": gettext_lazy("Enter a number above zero."),
    "not_negative": gettext_lazy("Enter zero or more."),
    "required": gettext_lazy("This is needed."),
    "out_of_range": gettext_lazy("This value is out of range."),
    "more_than_one": gettext_lazy("A multiplier is more than 1, for example 2."),
    "before_first": gettext_lazy("The last day lies before the first."),
    "before_start": gettext_lazy("The end must lie after the start."),
    "purchases_only": gettext_lazy("Points per purchase are for purchases alone."),
    "contradiction": gettext_lazy("The same tag is asked for and excluded."),
    "no_whole_fen": gettext_lazy("A step must be worth a whole number of fen."),
    "unknown_policy": gettext_lazy("No clearing policy with this code is published."),
    "other_kind": gettext_lazy("This is the wording of another kind of rule."),
}


def problem_text(code: str) -> str:
    """What to do about a problem, by its code."""
    return str(PROBLEMS.get(code, _("This value can't be used.")))
