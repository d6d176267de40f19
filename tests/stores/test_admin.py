import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.stores import queries, roles, services
from apps.stores.models import Staff, Store
from tests.factories import OPENING, PASSWORD, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db
STAFF_LIST = "admin:stores_staff_changelist"


def staff_page(staff: Staff) -> str:
    return reverse("admin:stores_staff_change", args=[staff.pk])


def revision(staff: Staff, **more) -> dict:
    """The form as the page of this account would send it."""
    data = {
        "display_name": staff.display_name,
        "staff_number": staff.staff_number,
        "role": queries.role_of(staff),
        "home_store": staff.home_store_id or "",
        "stores": [store.pk for store in staff.stores.all()],
        "is_active": "on",
        "reason": "",
        "password": "",
        **more,
    }
    if staff.sees_all_stores:
        data.setdefault("sees_all_stores", "on")
    return {key: value for key, value in data.items() if value is not None}


@pytest.fixture
def door(client, administrator):
    client.force_login(administrator)
    return client


def test_an_administrator_opens_an_account(door, store):
    new = {
        "username": "lin",
        "password": PASSWORD,
        "display_name": "林店员",
        "staff_number": "1001",
        "role": roles.CLERK,
        "home_store": store.pk,
    }
    assert door.post(reverse("admin:stores_staff_add"), new)["location"] == reverse(STAFF_LIST)
    staff = Staff.objects.get(username="lin")
    assert staff.check_password(PASSWORD)
    assert (queries.role_of(staff), staff.is_staff, staff.home_store) == (roles.CLERK, False, store)
    entry = AuditEntry.objects.get()
    assert (entry.code, entry.actor_name) == ("stores.create_staff", "administrator")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "CLERK"}, "username"),
        ({"username": "a b"}, "username"),
        ({"password": "123"}, "password"),
        ({"role": "janitor"}, "role"),
        ({"home_store": ""}, "home_store"),
        ({"display_name": ""}, "display_name"),
    ],
)
def test_a_wrong_account_is_refused_beside_its_field(door, clerk, store, wrong, field):
    good = {
        "username": "lin",
        "password": PASSWORD,
        "display_name": "林",
        "role": "clerk",
        "home_store": store.pk,
    }
    page = door.post(reverse("admin:stores_staff_add"), {**good, **wrong})
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field]
    assert not Staff.objects.filter(display_name="林").exists()
    assert not AuditEntry.objects.exists()


def test_a_role_and_scope_are_changed_each_with_its_audit_row(door, clerk, other_store):
    data = revision(clerk, role=roles.MANAGER, stores=[other_store.pk])
    assert door.post(staff_page(clerk), data).status_code == 302
    clerk.refresh_from_db()
    assert queries.role_of(clerk) == roles.MANAGER
    assert clerk.is_staff
    assert other_store in queries.stores_for(clerk)
    assert set(AuditEntry.objects.values_list("code", flat=True)) == {
        "approvals.ask",
        "approvals.run",
        "stores.assign_role",
        "stores.set_scope",
    }


def test_saving_without_a_change_changes_nothing(door, clerk):
    assert door.post(staff_page(clerk), revision(clerk)).status_code == 302
    assert not AuditEntry.objects.exists()
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_disabling_asks_for_a_reason(door, clerk):
    page = door.post(staff_page(clerk), revision(clerk, is_active=None))
    assert list(page.context["adminform"].form.errors) == ["reason"]
    door.post(staff_page(clerk), revision(clerk, is_active=None, reason="离职"))
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert AuditEntry.objects.get().data["reason"] == "离职"


def test_the_last_administrator_is_kept(door, administrator):
    page = door.post(staff_page(administrator), revision(administrator, role=roles.AUDITOR))
    assert page.context["adminform"].form.non_field_errors()
    assert queries.role_of(Staff.objects.get(pk=administrator.pk)) == roles.ADMINISTRATOR


def test_a_forgotten_password_is_replaced(door, clerk):
    door.post(staff_page(clerk), revision(clerk, password="gui-guan-2025"))
    clerk.refresh_from_db()
    assert clerk.check_password("gui-guan-2025")
    assert "gui-guan" not in str(AuditEntry.objects.get().data)


def test_a_manager_reads_the_own_staff_and_changes_nobody(client, manager, clerk, stranger):
    client.force_login(manager)
    listed = client.get(reverse(STAFF_LIST)).context["cl"].result_list
    assert {staff.username for staff in listed} == {"manager", "clerk"}
    page = client.get(staff_page(clerk))
    assert page.status_code == 200
    assert 'name="role"' not in page.text
    assert client.post(staff_page(clerk), revision(clerk, role=roles.ADMINISTRATOR)).status_code == 403
    assert client.get(staff_page(stranger)).status_code == 404
    assert queries.role_of(clerk) == roles.CLERK


def test_nobody_is_deleted(door, clerk):
    assert (
        door.post(reverse("admin:stores_staff_delete", args=[clerk.pk]), {"post": "yes"}).status_code == 403
    )
    assert Staff.objects.filter(pk=clerk.pk).exists()


def test_a_store_is_opened_and_later_closed_from_its_page(door):
    add = {"code": "S777", "name": "虹桥店", "city": "上海", "is_open": "on"}
    assert door.post(reverse("admin:stores_store_add"), add).status_code == 302
    store = Store.objects.get(code="S777")
    page = reverse("admin:stores_store_change", args=[store.pk])
    assert door.post(page, {"code": "X", "name": "虹桥店", "city": "上海"}).status_code == 302
    store.refresh_from_db()
    assert (store.code, store.is_open) == ("S777", False)
    codes = list(AuditEntry.objects.order_by("pk").values_list("code", flat=True))
    assert codes == ["stores.create_store", "stores.change_store"]


def test_the_list_tells_which_stores_trade(door, store):
    StoreFactory(code="S002", is_open=False)
    page = door.get(reverse("admin:stores_store_changelist")).text
    assert page.count("已停业") == 1
    assert "营业中" in page
    assert "已注销" not in page  # that is what becomes of members


def test_a_taken_store_code_is_refused_beside_its_field(door, store):
    page = door.post(reverse("admin:stores_store_add"), {"code": store.code, "name": "x"})
    assert list(page.context["adminform"].form.errors) == ["code"]


def cost(door, name: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert door.get(reverse(name)).status_code == 200
    return len(counted)


@pytest.mark.parametrize("name", [STAFF_LIST, "admin:stores_store_changelist"])
def test_a_list_costs_the_same_for_one_row_and_for_thirty(door, name):
    few = cost(door, name)
    for n in range(30):
        StaffFactory(home_store=StoreFactory(code=f"Z{n}"))
    assert cost(door, name) == few


def test_the_matrix_says_who_may_what(client, auditor):
    client.force_login(auditor)
    page = client.get(reverse("admin:stores_staff_roles"), headers={"Accept-Language": "en"})
    held = {act.label: act for _app, acts in page.context["groups"] for act in acts}
    order = list(roles.ROLES)
    export = held["members.export_members"]
    assert export.is_guarded
    may = [role for role, yes in zip(order, export.held, strict=True) if yes]
    assert may == [roles.MARKETER, roles.OPERATIONS, roles.ADMINISTRATOR]
    assert held["stores.view_store"].title == "See stores"
    assert not held["stores.view_store"].is_guarded
    assert page.context["guarded"] == [False, True, True, True, True, True]


def test_the_matrix_shows_what_is_really_granted(client, administrator, django_user_model):
    client.force_login(administrator)
    groups = client.get(reverse("admin:stores_staff_roles")).context["groups"]
    order = list(roles.ROLES)
    for act in [act for _app, acts in groups for act in acts]:
        truly = [act.label in queries.permissions_of(role) for role in order]
        assert list(act.held) == truly, act.label


def test_an_administrator_resets_a_second_factor_with_a_reason(client, administrator, manager):
    services.enrol_demo_account(staff_id=manager.pk, at=OPENING)
    client.force_login(administrator)
    page = reverse("admin:stores_staff_sign_in", args=[manager.pk])
    client.post(page, {"act": "reset"})
    assert queries.second_factor_of(manager)
    answer = client.post(page, {"act": "reset", "reason": "手机丢了"})
    assert answer["location"] == staff_page(manager)
    assert queries.second_factor_of(manager) is None


def test_an_administrator_signs_somebody_out_everywhere(client, administrator, manager):
    there = type(client)()
    there.force_login(manager)
    client.force_login(administrator)
    client.post(reverse("admin:stores_staff_sign_in", args=[manager.pk]), {"act": "end"})
    assert there.get(reverse("admin:index")).status_code == 302


def test_who_may_not_change_staff_resets_nothing(client, operations, manager):
    services.enrol_demo_account(staff_id=manager.pk, at=OPENING)
    client.force_login(operations)
    page = reverse("admin:stores_staff_sign_in", args=[manager.pk])
    assert client.post(page, {"act": "reset", "reason": "x"}).status_code == 403
    assert "两步验证" not in client.get(staff_page(manager)).text
    assert queries.second_factor_of(manager)


def test_staff_are_changed_after_a_recent_sign_in_only(client, administrator, clerk):
    client.force_login(administrator)
    session = client.session
    session["confirmed_at"] = 0
    session.save()
    answer = client.post(staff_page(clerk), revision(clerk, display_name="改名"))
    assert answer["location"].startswith(reverse("confirm"))
    clerk.refresh_from_db()
    assert clerk.display_name == "小李"


def give(staff, *codes):
    """Permissions of one's own, beside the role's."""
    staff.user_permissions.set(Permission.objects.filter(codename__in=codes))


def test_a_form_gives_no_role_above_ones_own(client, manager, clerk):
    give(manager, "change_staff", "add_staff")
    client.force_login(manager)
    page = client.post(staff_page(clerk), revision(clerk, role=roles.ADMINISTRATOR))
    assert page.context["adminform"].form.errors["role"]
    page = client.post(staff_page(clerk), revision(clerk, sees_all_stores="on"))
    assert page.context["adminform"].form.errors["stores"]
    assert queries.role_of(clerk) == roles.CLERK
