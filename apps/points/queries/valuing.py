"""What a point costs on a day."""

from datetime import date

from apps.points import rules
from apps.points.models import UnitCost


def unit_cost(day: date) -> int:
    """The cost of 100 points in fen on a business day; 0 before the first was set."""
    costs = UnitCost.objects.filter(starts_on__lte=day).order_by("-starts_on")
    return costs.values_list("fen_per_hundred", flat=True).first() or 0


def worth_fen(points: int, day: date) -> int:
    """What points are worth in fen, at what a point costs the brand on a business day."""
    return rules.cost_fen(points, unit_cost(day))
