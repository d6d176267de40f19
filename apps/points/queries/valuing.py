"""What a point costs on a day."""

from datetime import date

from apps.points.models import UnitCost


def unit_cost(day: date) -> int:
    """The cost of 100 points in fen on a business day; 0 before the first was set."""
    costs = UnitCost.objects.filter(starts_on__lte=day).order_by("-starts_on")
    return costs.values_list("fen_per_hundred", flat=True).first() or 0
