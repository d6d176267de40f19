"""Reading what was moved by hand, and what of a day's limit is left."""

from datetime import date

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Abs

from apps.points.models import Adjustment, AdjustmentLimit, MassAward, UndoRun
from apps.stores import queries as stores
from apps.stores.models import Staff


def moved_by_hand(staff_id: int | None, day: date) -> int:
    """How many points a person has moved on a business day, both ways."""
    rows = Adjustment.objects.filter(staff_id=staff_id, day=day)
    return rows.aggregate(total=Sum(Abs("points"), default=0))["total"]


def daily_limit(staff_id: int | None) -> int:
    """The person's own limit, else everybody's; none set means nothing may be moved."""
    rows = AdjustmentLimit.objects.filter(Q(staff_id=staff_id) | Q(staff_id__isnull=True))
    found = {row.staff_id: row.points_per_day for row in rows}
    return found.get(staff_id, found.get(None, 0))


def adjustments_for(staff: Staff) -> QuerySet[Adjustment]:
    """The adjustments a staff member sees: made at stores of the scope, and his own."""
    rows = Adjustment.objects.select_related("member", "reason", "staff", "store", "attachment", "entry")
    if staff.sees_all_stores or staff.is_superuser:
        return rows
    return rows.filter(Q(store__in=stores.stores_for(staff).values("pk")) | Q(staff_id=staff.pk))


def lists_for(staff: Staff) -> QuerySet[MassAward]:
    """The lists a staff member sees: all for those of the whole brand, else his own."""
    rows = MassAward.objects.select_related("uploaded_by")
    return rows if staff.sees_all_stores or staff.is_superuser else rows.filter(uploaded_by_id=staff.pk)


def open_lists() -> list[int]:
    """Lists that were begun and have rows left."""
    begun = MassAward.objects.filter(request_id__isnull=False, last_row__lt=F("rows"))
    return list(begun.order_by("pk").values_list("pk", flat=True))


def open_undoings() -> list[int]:
    """Undoings that have entries left."""
    return list(UndoRun.objects.filter(done__lt=F("entries")).order_by("pk").values_list("pk", flat=True))
