"""Staff accounts: opened, given a role and a scope, disabled, never deleted."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from apps.core import audit
from apps.core.audit import Actor
from apps.stores import queries, roles
from apps.stores.errors import LastAdministrator, UsernameTaken
from apps.stores.models import Staff, Store
from apps.stores.services.changes import assign, told
from apps.stores.services.granting import (
    require_may_give_role,
    require_may_give_scope,
    require_may_manage,
)


@dataclass(frozen=True)
class Scope:
    """Where somebody works: a home store, further stores, or the whole brand."""

    home_store: Store | None = None
    stores: tuple[Store, ...] = ()
    sees_all_stores: bool = False


@dataclass(frozen=True)
class StaffAccount:
    """What a new account is made of. ``role`` is a code of ``stores.roles``."""

    username: str
    password: str
    role: str
    display_name: str = ""
    staff_number: str = ""
    scope: Scope = field(default_factory=Scope)


@dataclass(frozen=True)
class StaffRevision:
    """What an account shall be like. An empty password leaves the one it has."""

    role: str
    display_name: str
    staff_number: str
    scope: Scope
    is_active: bool
    reason: str = ""
    password: str = ""


@transaction.atomic
def create_staff(*, account: StaffAccount, actor: Actor, at: datetime) -> Staff:
    """Open an account with its role and scope. Raises UsernameTaken, UnknownRole, RoleAboveOwn."""
    _require_role(account.role)
    require_may_give_role(actor, account.role)
    _require_scope(account.scope, actor)
    staff = Staff(
        username=account.username,
        display_name=account.display_name,
        staff_number=account.staff_number,
        home_store=account.scope.home_store,
        sees_all_stores=account.scope.sees_all_stores,
        is_staff=_uses_back_office(account.role),
    )
    staff.set_password(account.password)
    try:
        with transaction.atomic():
            staff.save()
    except IntegrityError as error:
        raise UsernameTaken(account.username) from error
    staff.groups.set([_group(account.role)])
    staff.stores.set(account.scope.stores)
    _record("stores.create_staff", staff, actor=actor, at=at, role=account.role)
    return staff


@transaction.atomic
def change_staff(*, staff_id: int, display_name: str, staff_number: str, actor: Actor, at: datetime) -> Staff:
    """Change how an account is shown. Raises RoleAboveOwn."""
    staff = _managed(staff_id, actor)
    changes = assign(staff, display_name=display_name, staff_number=staff_number)
    if changes:
        staff.save(update_fields=list(changes))
        _record("stores.change_staff", staff, actor=actor, at=at, **told(changes))
    return staff


@transaction.atomic
def revise_staff(*, staff_id: int, revision: StaffRevision, actor: Actor, at: datetime) -> None:
    """Bring an account to what was revised; each change is an act of its own. Raises LastAdministrator."""
    by = {"staff_id": staff_id, "actor": actor, "at": at}
    change_staff(display_name=revision.display_name, staff_number=revision.staff_number, **by)
    assign_role(role=revision.role, **by)
    set_scope(scope=revision.scope, **by)
    if revision.is_active:
        enable_staff(**by)
    else:
        disable_staff(reason=revision.reason, **by)
    if revision.password:
        set_password(password=revision.password, **by)


@transaction.atomic
def assign_role(*, staff_id: int, role: str, actor: Actor, at: datetime) -> Staff:
    """Give an account another role. Raises UnknownRole, LastAdministrator, RoleAboveOwn."""
    _require_role(role)
    staff = _managed(staff_id, actor)
    was = queries.role_of(staff)
    if was == role:
        return staff
    require_may_give_role(actor, role)
    _require_another_administrator(staff)
    staff.groups.set([_group(role)])
    staff.is_staff = _uses_back_office(role)
    staff.save(update_fields=["is_staff"])
    _record("stores.assign_role", staff, actor=actor, at=at, role=role, was=was)
    return staff


@transaction.atomic
def set_scope(*, staff_id: int, scope: Scope, actor: Actor, at: datetime) -> Staff:
    """Say which stores an account sees. Raises RoleAboveOwn."""
    staff = _managed(staff_id, actor)
    before = _scope_words(staff, staff.stores.all())
    if before != _words(scope):
        _require_scope(scope, actor)
    staff.home_store = scope.home_store
    staff.sees_all_stores = scope.sees_all_stores
    staff.save(update_fields=["home_store", "sees_all_stores"])
    staff.stores.set(scope.stores)
    after = _words(scope)
    if before != after:
        _record("stores.set_scope", staff, actor=actor, at=at, stores=after, was=before)
    return staff


@transaction.atomic
def disable_staff(*, staff_id: int, reason: str, actor: Actor, at: datetime) -> Staff:
    """Shut an account; it is out at its next request. Raises LastAdministrator, RoleAboveOwn."""
    staff = _managed(staff_id, actor)
    if staff.is_active:
        _require_another_administrator(staff)
        staff.is_active = False
        staff.save(update_fields=["is_active"])
        _record("stores.disable_staff", staff, actor=actor, at=at, reason=reason)
    return staff


@transaction.atomic
def enable_staff(*, staff_id: int, actor: Actor, at: datetime) -> Staff:
    """Open a disabled account again. Raises RoleAboveOwn."""
    staff = _managed(staff_id, actor)
    if not staff.is_active:
        staff.is_active = True
        staff.save(update_fields=["is_active"])
        _record("stores.enable_staff", staff, actor=actor, at=at)
    return staff


@transaction.atomic
def set_password(*, staff_id: int, password: str, actor: Actor, at: datetime) -> Staff:
    """Set a new password; every session of the account ends. Raises RoleAboveOwn."""
    staff = _managed(staff_id, actor)
    staff.set_password(password)
    staff.save(update_fields=["password"])
    _record("stores.set_password", staff, actor=actor, at=at)
    return staff


def _locked(staff_id: int) -> Staff:
    return Staff.objects.select_for_update(of=("self",)).get(pk=staff_id)


def _managed(staff_id: int, actor: Actor) -> Staff:
    staff = _locked(staff_id)
    require_may_manage(actor, staff)
    return staff


def _require_scope(scope: Scope, actor: Actor) -> None:
    home = [scope.home_store] if scope.home_store else []
    require_may_give_scope(actor, stores=[*home, *scope.stores], sees_all_stores=scope.sees_all_stores)


def _group(role: str) -> Group:
    return Group.objects.get(name=role)


def _require_role(role: str) -> None:
    if role not in roles.ROLES:
        raise roles.UnknownRole(role)


def _require_another_administrator(staff: Staff) -> None:
    administrators = set(queries.active_administrators().select_for_update(of=("self",)))
    if administrators == {staff}:
        raise LastAdministrator


def _uses_back_office(role: str) -> bool:
    return role != roles.CLERK


def _scope_words(staff: Staff, stores: Collection[Store]) -> str:
    return _words(Scope(staff.home_store, tuple(stores), staff.sees_all_stores))


def _words(scope: Scope) -> str:
    if scope.sees_all_stores:
        return "*"
    home = [scope.home_store.code] if scope.home_store else []
    further = sorted(store.code for store in scope.stores)
    return ", ".join(dict.fromkeys(home + further))


def _record(code: str, staff: Staff, *, actor: Actor, at: datetime, **data: object) -> None:
    audit.record(
        code,
        actor=actor,
        subject=("staff", staff.pk),
        at=at,
        data={"username": staff.username, **data},
    )
