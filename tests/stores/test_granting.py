"""Nobody gives a role, or takes an account in hand, above their own."""

import pytest

from apps.stores import queries, roles, services
from apps.stores.errors import RoleAboveOwn
from apps.stores.models import Staff
from tests.factories import OPENING, PASSWORD

pytestmark = pytest.mark.django_db


def by(staff):
    return {"actor": staff.as_actor(), "at": OPENING}


def account(role, username="new", **scope):
    return services.StaffAccount(username, PASSWORD, role, scope=services.Scope(**scope))


def test_an_administrator_may_give_every_role(administrator):
    assert all(queries.may_give_role(administrator, role) for role in roles.ROLES)


def test_a_role_that_may_more_is_not_given(operations, clerk):
    with pytest.raises(RoleAboveOwn):
        services.assign_role(staff_id=clerk.pk, role=roles.ADMINISTRATOR, **by(operations))
    assert queries.role_of(clerk) == roles.CLERK


def test_nobody_raises_himself(manager):
    with pytest.raises(RoleAboveOwn):
        services.assign_role(staff_id=manager.pk, role=roles.ADMINISTRATOR, **by(manager))
    assert queries.role_of(manager) == roles.MANAGER


def test_no_account_is_opened_above_ones_own(manager, store):
    with pytest.raises(RoleAboveOwn):
        services.create_staff(account=account(roles.OPERATIONS, home_store=store), **by(manager))
    assert not Staff.objects.filter(username="new").exists()


def test_a_manager_gives_what_a_clerk_may(manager, store):
    made = services.create_staff(account=account(roles.CLERK, home_store=store), **by(manager))
    assert queries.role_of(made) == roles.CLERK


@pytest.mark.parametrize("wide", ["all", "far"])
def test_no_scope_is_given_beyond_ones_own(manager, clerk, store, far_store, wide):
    scope = {"all": {"sees_all_stores": True}, "far": {"home_store": store, "stores": (far_store,)}}[wide]
    with pytest.raises(RoleAboveOwn):
        services.set_scope(staff_id=clerk.pk, scope=services.Scope(**scope), **by(manager))
    with pytest.raises(RoleAboveOwn):
        services.create_staff(account=account(roles.CLERK, **scope), **by(manager))
    assert set(queries.stores_for(clerk)) == {store}


@pytest.mark.parametrize(
    "act",
    [
        lambda pk, **by: services.set_password(staff_id=pk, password="gui-guan-2025", **by),
        lambda pk, **by: services.disable_staff(staff_id=pk, reason="coup", **by),
        lambda pk, **by: services.change_staff(staff_id=pk, display_name="x", staff_number="", **by),
        lambda pk, **by: services.assign_role(staff_id=pk, role=roles.CLERK, **by),
        lambda pk, **by: services.end_sessions(staff_id=pk, **by),
    ],
    ids=["password", "disable", "rename", "demote", "sign out"],
)
def test_an_account_of_a_higher_role_is_out_of_reach(manager, administrator, act):
    with pytest.raises(RoleAboveOwn):
        act(administrator.pk, **by(manager))
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.check_password(PASSWORD)
    assert queries.role_of(administrator) == roles.ADMINISTRATOR


def test_a_disabled_giver_gives_nothing(administrator, clerk):
    administrator.is_active = False
    administrator.save()
    with pytest.raises(RoleAboveOwn):
        services.assign_role(staff_id=clerk.pk, role=roles.MANAGER, **by(administrator))
