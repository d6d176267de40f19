"""States in the operator's words."""

from django.utils.translation import gettext_lazy

from apps.points.refusals import refusal

__all__ = ["STATES", "refusal"]

STATES = {
    "draft": gettext_lazy("Draft"),
    "scheduled": gettext_lazy("Scheduled"),
    "live": gettext_lazy("Live"),
    "replaced": gettext_lazy("Replaced"),
    "ended": gettext_lazy("Ended"),
}
