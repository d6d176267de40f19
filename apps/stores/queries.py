"""Reads: which stores and colleagues a staff member sees. Outside the scope there is nothing."""

from datetime import datetime

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from apps.stores import roles
from apps.stores.models import Staff, Store


def stores_for(staff: Staff | AnonymousUser) -> QuerySet[Store]:
    """The stores in a staff member's scope: all, or the home store and those named."""
    if not staff.is_active:
        return Store.objects.none()
    if staff.sees_all_stores:
        return Store.objects.all()
    named = Staff.stores.through.objects.filter(staff_id=staff.pk).values("store_id")
    return Store.objects.filter(Q(pk=staff.home_store_id) | Q(pk__in=named))


def is_in_scope(staff: Staff | AnonymousUser, store_id: int | None) -> bool:
    """Whether the staff member may act at this store."""
    return store_id is not None and stores_for(staff).filter(pk=store_id).exists()


def staff_for(staff: Staff | AnonymousUser) -> QuerySet[Staff]:
    """The colleagues a staff member sees: those whose home store is in scope, and oneself."""
    if not staff.is_active:
        return Staff.objects.none()
    if staff.sees_all_stores:
        return Staff.objects.all()
    return Staff.objects.filter(Q(home_store__in=stores_for(staff)) | Q(pk=staff.pk))


def role_of(staff: Staff) -> str:
    """The code of the role, empty for an account without one."""
    names = {group.name for group in staff.groups.all()}
    return next((role for role in roles.ROLES if role in names), "")


def active_administrators() -> QuerySet[Staff]:
    return Staff.objects.filter(is_active=True, groups__name=roles.ADMINISTRATOR)


def is_last_administrator(staff: Staff) -> bool:
    """Whether nobody else may manage staff."""
    return list(active_administrators()) == [staff]


def lock_out_ends(username: str) -> datetime | None:
    """When an account locked after failed sign-ins may try again; None when nothing is known."""
    last = AccessAttempt.objects.filter(username=username).order_by("-attempt_time").first()
    return last.attempt_time + get_cool_off() if last else None
