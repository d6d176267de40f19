import pytest

from apps.core.audit import Actor, sentence
from apps.core.models import AuditEntry
from apps.stores import queries, roles, services
from apps.stores.errors import LastAdministrator, StoreCodeTaken, UsernameTaken
from apps.stores.models import Staff, Store
from tests.factories import OPENING, PASSWORD

pytestmark = pytest.mark.django_db
BOSS = Actor(name="boss", staff_id=1)


def act(**more) -> dict:
    return {"actor": BOSS, "at": OPENING, **more}


def account(**more) -> services.StaffAccount:
    return services.StaffAccount(**{"username": "lin", "password": PASSWORD, "role": roles.CLERK, **more})


def audited() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("code", flat=True))


def test_a_store_is_opened_and_audited():
    store = services.create_store(code="S1", name="静安店", city="上海", **act())
    entry = AuditEntry.objects.get()
    assert (store.code, store.is_open) == ("S1", True)
    assert (entry.code, entry.subject_id, entry.actor_name) == ("stores.create_store", str(store.pk), "boss")
    assert "S1 静安店" in sentence(entry)


def test_a_second_store_with_the_same_code_is_refused(store):
    with pytest.raises(StoreCodeTaken) as refusal:
        services.create_store(code=store.code, **act())
    assert refusal.value.code == store.code
    assert Store.objects.count() == 1
    assert audited() == []


def test_changing_a_store_records_what_changed_and_only_that(store):
    same = {"name": store.name, "city": store.city, "is_open": True}
    services.change_store(store_id=store.pk, **act(**same))
    assert audited() == []
    services.change_store(store_id=store.pk, **act(**{**same, "is_open": False}))
    assert AuditEntry.objects.get().data["fields"] == {"is_open": [True, False]}


def test_unknown_store_codes_are_created_once(store, django_assert_num_queries):
    with django_assert_num_queries(3):
        ids = services.ensure_stores(["S001", "N1", "N2", "N1"])
    assert set(ids) == {"S001", "N1", "N2"}
    assert ids["S001"] == store.pk
    with django_assert_num_queries(1):
        assert services.ensure_stores(["N2", "N1", "S001"]) == ids


def test_an_account_gets_its_role_and_scope(store, other_store):
    scope = services.Scope(home_store=store, stores=(other_store,))
    staff = services.create_staff(account=account(role=roles.MANAGER, scope=scope), **act())
    assert staff.check_password(PASSWORD)
    assert queries.role_of(staff) == roles.MANAGER
    assert staff.is_staff
    assert set(queries.stores_for(staff)) == {store, other_store}
    assert audited() == ["stores.create_staff"]


def test_a_clerk_does_not_enter_the_back_office():
    assert not services.create_staff(account=account(), **act()).is_staff


def test_a_taken_user_name_is_refused(clerk):
    with pytest.raises(UsernameTaken):
        services.create_staff(account=account(username="clerk"), **act())
    assert Staff.objects.count() == 1
    assert audited() == []


def test_an_unknown_role_is_refused():
    with pytest.raises(roles.UnknownRole):
        services.create_staff(account=account(role="janitor"), **act())
    assert not Staff.objects.exists()


def test_a_role_replaces_the_one_before(clerk):
    services.assign_role(staff_id=clerk.pk, role=roles.MARKETER, **act())
    clerk.refresh_from_db()
    assert [group.name for group in clerk.groups.all()] == [roles.MARKETER]
    assert clerk.is_staff
    assert AuditEntry.objects.get().data == {"username": "clerk", "role": "marketer", "was": "clerk"}


def test_the_same_role_again_is_no_act(clerk):
    services.assign_role(staff_id=clerk.pk, role=roles.CLERK, **act())
    assert audited() == []


@pytest.mark.parametrize(
    "act_on",
    [
        lambda pk: services.disable_staff(staff_id=pk, reason="left", **act()),
        lambda pk: services.assign_role(staff_id=pk, role=roles.CLERK, **act()),
    ],
)
def test_the_last_administrator_stays(administrator, act_on):
    with pytest.raises(LastAdministrator):
        act_on(administrator.pk)
    administrator.refresh_from_db()
    assert administrator.is_active
    assert queries.role_of(administrator) == roles.ADMINISTRATOR
    assert audited() == []


def test_a_disabled_account_can_be_opened_again(clerk):
    services.disable_staff(staff_id=clerk.pk, reason="left", **act())
    services.disable_staff(staff_id=clerk.pk, reason="left", **act())
    clerk.refresh_from_db()
    assert not clerk.is_active
    services.enable_staff(staff_id=clerk.pk, **act())
    clerk.refresh_from_db()
    assert clerk.is_active
    assert audited() == ["stores.disable_staff", "stores.enable_staff"]


def test_scope_is_replaced_and_told_by_store_codes(clerk, other_store):
    services.set_scope(staff_id=clerk.pk, scope=services.Scope(stores=(other_store,)), **act())
    clerk.refresh_from_db()
    assert list(queries.stores_for(clerk)) == [other_store]
    assert AuditEntry.objects.get().data == {"username": "clerk", "stores": "S002", "was": "S001"}


def test_a_new_password_is_never_written_down(clerk):
    services.set_password(staff_id=clerk.pk, password="another-long-one", **act())
    clerk.refresh_from_db()
    assert clerk.check_password("another-long-one")
    assert AuditEntry.objects.get().data == {"username": "clerk"}
