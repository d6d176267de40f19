"""Reads: which stores and colleagues a staff member sees. Outside the scope there is nothing."""

from collections.abc import Collection
from datetime import datetime

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Permission
from django.db.models import Q, QuerySet

from apps.core import sealing
from apps.stores import roles, rules
from apps.stores.models import SecondFactor, Staff, Store


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


def permissions_of(role: str) -> set[str]:
    """What a role may do, as ``app.codename``; an account without a role may do nothing."""
    held = Permission.objects.filter(group__name=role)
    return {f"{app}.{code}" for app, code in held.values_list("content_type__app_label", "codename")}


def may_give_role(giver: Staff, role: str) -> bool:
    """Whether the role may do nothing that the giver may not do."""
    return rules.may_give(giver.get_all_permissions(), permissions_of(role))


def may_give_scope(giver: Staff, stores: Collection[Store], sees_all_stores: bool) -> bool:
    """Whether the scope shows nothing the giver doesn't see."""
    if giver.sees_all_stores:
        return True
    return not sees_all_stores and set(stores) <= set(stores_for(giver))


def needs_second_factor(staff: Staff) -> bool:
    """Whether the account may do an act that calls for one."""
    return settings.SECOND_FACTOR_REQUIRED and any(staff.has_perm(label) for label in roles.GUARDED)


def second_factor_of(staff: Staff) -> SecondFactor | None:
    return SecondFactor.objects.filter(staff=staff).first()


def demo_code(factor: SecondFactor, at: datetime) -> str:
    """The code of a demo account, whose secret is no secret; empty for everybody else."""
    secret = bytes.fromhex(sealing.unseal(factor.secret_sealed))
    if secret != rules.DEMO_SECRET:
        return ""
    now = rules.step_of(at)
    return rules.code_of(secret, now if now > factor.last_step else now + 1)


def active_administrators() -> QuerySet[Staff]:
    return Staff.objects.filter(is_active=True, groups__name=roles.ADMINISTRATOR)


def is_last_administrator(staff: Staff) -> bool:
    """Whether nobody else may manage staff."""
    return list(active_administrators()) == [staff]


def lock_out_ends(username: str) -> datetime | None:
    """When an account locked after failed sign-ins may try again; None when nothing is known."""
    last = AccessAttempt.objects.filter(username=username).order_by("-attempt_time").first()
    return last.attempt_time + get_cool_off() if last else None
