from django.contrib.auth.models import AnonymousUser

from apps.stores import queries


def codes(staff) -> list[str]:
    return list(queries.stores_for(staff).values_list("code", flat=True))


def test_a_clerk_sees_the_home_store_alone(clerk, other_store, far_store):
    assert codes(clerk) == ["S001"]
    assert queries.is_in_scope(clerk, clerk.home_store_id)
    assert not queries.is_in_scope(clerk, far_store.pk)
    assert not queries.is_in_scope(clerk, None)


def test_further_stores_widen_the_scope_without_doubling_the_home_store(
    manager, store, other_store, far_store
):
    manager.stores.set([store, other_store])
    assert codes(manager) == ["S001", "S002"]


def test_whoever_sees_all_stores_sees_them_all(auditor, other_store, far_store):
    assert codes(auditor) == ["S001", "S002", "S900"]


def test_a_disabled_account_sees_nothing(auditor):
    auditor.is_active = False
    assert codes(auditor) == []
    assert list(queries.staff_for(auditor)) == []


def test_nobody_signed_in_sees_nothing(store):
    assert codes(AnonymousUser()) == []


def test_a_manager_sees_the_staff_of_the_own_stores(manager, clerk, stranger):
    assert set(queries.staff_for(manager)) == {manager, clerk}
