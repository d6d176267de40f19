import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from apps.stores import roles

pytestmark = pytest.mark.django_db


def test_every_role_is_a_group_after_migrations():
    assert set(Group.objects.values_list("name", flat=True)) == set(roles.ROLES)


@pytest.mark.parametrize("role", [role for role in roles.ROLES if role != roles.ADMINISTRATOR])
def test_a_role_holds_exactly_what_was_granted(role):
    group = Group.objects.get(name=role)
    held = {
        f"{app}.{code}" for app, code in group.permissions.values_list("content_type__app_label", "codename")
    }
    assert held == roles.GRANTS[role]


def test_the_administrator_may_do_everything(administrator):
    assert administrator.has_perms(["stores.add_staff", "core.view_auditentry", "members.enrol_member"])
    assert not administrator.is_superuser


def test_a_grant_to_an_unknown_role_is_refused():
    with pytest.raises(roles.UnknownRole):
        roles.grant("janitor", "stores.view_store")


def test_a_granted_permission_that_does_not_exist_is_refused(monkeypatch):
    monkeypatch.setitem(roles.GRANTS, roles.CLERK, {"stores.fly"})
    with pytest.raises(roles.UnknownPermission, match=r"stores\.fly"):
        roles.sync()


def test_a_permission_taken_from_a_role_is_gone_after_the_next_migrate(monkeypatch):
    monkeypatch.setitem(roles.GRANTS, roles.MANAGER, {"stores.view_store"})
    call_command("migrate", verbosity=0)
    assert list(Group.objects.get(name=roles.MANAGER).permissions.values_list("codename", flat=True)) == [
        "view_store"
    ]


def test_a_clerk_may_not_see_the_back_office_lists(clerk):
    assert not clerk.is_staff
    assert not clerk.has_perm("stores.view_staff")
