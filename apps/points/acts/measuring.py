"""The size of an act on points: how many members or entries, how many points, and what those are worth."""

from datetime import datetime

from apps.core import clock
from apps.core.approvals.plans import Measure
from apps.points import queries


def measured(count: int, points: int, at: datetime) -> Measure:
    """Points without sign; their worth in fen is at what a point costs on the business day."""
    return Measure(count, points, queries.worth_fen(points, clock.business_day(at)))
