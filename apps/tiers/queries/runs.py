"""Which days are to be assessed."""

from datetime import date, timedelta

from apps.core import clock
from apps.tiers import rules
from apps.tiers.models import AssessmentRun, RunState
from apps.tiers.queries.live import LiveProgramme

CATCH_UP_DAYS = 31


def days_due(programme: LiveProgramme, today: date) -> list[date]:
    """The days up to today a programme is to be assessed as of, oldest first.

    Where each day counts (membership years) none is left out for a month; else the newest one stands for all.
    """
    spec = programme.at(clock.day_start(today)).spec
    newest = AssessmentRun.objects.filter(programme=programme.id).exclude(state=RunState.PLANNED)
    last = newest.order_by("as_of").values_list("as_of", flat=True).last()
    due = rules.first_day(spec.assess, today)
    if programme.begins_at is not None and clock.day_start(due) < programme.begins_at:
        return []
    if spec.assess != "day" or last is None:
        return [due] if last is None or last < due else []
    first = max(last + timedelta(days=1), today - timedelta(days=CATCH_UP_DAYS))
    return [first + timedelta(days=n) for n in range((today - first).days + 1)]
