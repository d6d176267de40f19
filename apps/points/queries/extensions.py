"""Extensions of points and how far they have come."""

from django.db.models import QuerySet

from apps.points.models import ExtensionRun, ExtensionState


def extensions_under_way() -> QuerySet[ExtensionRun]:
    """Extensions being done or undone, oldest first."""
    states = (ExtensionState.RUNNING, ExtensionState.UNDOING)
    return ExtensionRun.objects.filter(state__in=states).order_by("id")
