"""The standing cast. ``ann`` is a good customer, ``ben`` came in today; ``clerk`` works at the first
store and ``manager`` runs it; ``stranger`` is a clerk of another town."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings as property_settings

from apps.members.models import Member
from apps.stores import roles
from apps.stores.models import Staff, Store
from tests import first_rows
from tests.factories import MemberFactory, StaffFactory, StoreFactory

# No deadline: a machine that is busy elsewhere is no fault.
# `--hypothesis-profile storm` searches for long; every failure prints how to see it again.
property_settings.register_profile("storm", max_examples=1500, deadline=None, print_blob=True)
property_settings.register_profile("suite", deadline=None)
property_settings.load_profile("suite")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A test database may be truncated between tests; the guards refuse it everywhere else. What a test
    commits is swept away by ``first_rows``."""
    with django_db_blocker.unblock():
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET app.allow_truncate = 'on'")
        connection.close()
        first_rows.keep()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda case: first_rows.bring_back())
        yield


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def store(db) -> Store:
    return StoreFactory(code="S001", name="南京路店")


@pytest.fixture
def other_store(db) -> Store:
    return StoreFactory(code="S002", name="徐汇店")


@pytest.fixture
def far_store(db) -> Store:
    return StoreFactory(code="S900", name="成都店", city="成都")


@pytest.fixture
def clerk(store) -> Staff:
    return StaffFactory(username="clerk", display_name="小李", role=roles.CLERK, home_store=store)


@pytest.fixture
def manager(store) -> Staff:
    return StaffFactory(username="manager", display_name="陈店长", role=roles.MANAGER, home_store=store)


@pytest.fixture
def marketer(store) -> Staff:
    return StaffFactory(username="marketer", role=roles.MARKETER, home_store=store)


@pytest.fixture
def operations(store) -> Staff:
    return StaffFactory(username="operations", role=roles.OPERATIONS, home_store=store)


@pytest.fixture
def auditor(store) -> Staff:
    return StaffFactory(username="auditor", role=roles.AUDITOR, home_store=store)


@pytest.fixture
def administrator(store) -> Staff:
    return StaffFactory(username="administrator", role=roles.ADMINISTRATOR, home_store=store)


@pytest.fixture
def stranger(far_store) -> Staff:
    return StaffFactory(username="stranger", role=roles.CLERK, home_store=far_store)


@pytest.fixture
def ann(store) -> Member:
    return MemberFactory(name="王安", home_store=store)


@pytest.fixture
def ben(store) -> Member:
    return MemberFactory(name="李本", home_store=store)
