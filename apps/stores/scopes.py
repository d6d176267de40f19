"""What of other apps' rows lies within a staff member's stores. Read before models are loaded."""

from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet


def requests_within(staff: Any, rows: QuerySet) -> QuerySet:
    """Requests for approval of the staff member's stores, those of no store, and his own."""
    if staff.sees_all_stores or staff.is_superuser:
        return rows
    named = apps.get_model("stores", "Staff").stores.through.objects.filter(staff_id=staff.pk)
    home = Q(store_id=staff.home_store_id) | Q(store_id__in=named.values("store_id"))
    return rows.filter(home | Q(store_id__isnull=True) | Q(asked_by_id=staff.pk))
