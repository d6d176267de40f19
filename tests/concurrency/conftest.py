"""Rows that other connections can see. What a test commits is swept away after it, nothing else is."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from apps.ledger.models import Asset
from apps.members.models import Member
from tests.factories import OPENING


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "transactional_db" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.concurrency)


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Real commits. Unlike the plugin's fixture of this name, whose flush also empties what migrations
    filled, only the members and all that hangs on them are truncated afterwards."""
    with django_db_blocker.unblock():
        if not Asset.objects.exists():  # a flush went before
            import_module("apps.ledger.migrations.0006_assets_and_storage").define_assets(apps, None)
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE members_member CASCADE")
            connection.close()


@pytest.fixture
def django_db_serialized_rollback() -> None:
    """Overrides the plugin's, which would flush after every test: here nothing needs bringing back."""


@pytest.fixture
def dora(transactional_db: None) -> Member:
    return Member.objects.create(number="R000000001", joined_at=OPENING, created_at=OPENING)


@pytest.fixture
def emil(transactional_db: None) -> Member:
    return Member.objects.create(number="R000000002", joined_at=OPENING, created_at=OPENING)
