"""Setting what a point costs the brand. It applies from a day on; what was reported before stays."""

from datetime import date, datetime

from django.db import transaction

from apps.core import audit, clock
from apps.core.audit import Actor
from apps.points.errors import StartsInThePast
from apps.points.models import UnitCost


@transaction.atomic
def set_unit_cost(*, fen_per_hundred: int, starts_on: date, actor: Actor, at: datetime) -> UnitCost:
    """So many fen per 100 points from a day on, instead of what was set for that very day.

    Raises StartsInThePast.
    """
    today = clock.business_day(at)
    if starts_on < today:
        raise StartsInThePast(starts_on, today)
    cost, _is_new = UnitCost.objects.update_or_create(
        starts_on=starts_on,
        defaults={"fen_per_hundred": fen_per_hundred, "set_at": at, "set_by_id": actor.staff_id},
    )
    data = {"fen": fen_per_hundred, "starts_on": starts_on.isoformat()}
    audit.record("points.set_unit_cost", actor=actor, subject=("points.unit_cost", cost.pk), at=at, data=data)
    return cost
