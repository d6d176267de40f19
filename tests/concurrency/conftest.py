"""Rows that other connections can see. What a test commits is swept away after it, nothing else is."""

from collections.abc import Iterator

import pytest
from django.db import connection

from apps.members.models import Member
from tests.factories import OPENING


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "transactional_db" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.concurrency)


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Real commits; the members and all that hangs on them are truncated afterwards."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE members_member CASCADE")
            connection.close()


@pytest.fixture
def dora(transactional_db: None) -> Member:
    return Member.objects.create(number="R000000001", joined_at=OPENING, created_at=OPENING)


@pytest.fixture
def emil(transactional_db: None) -> Member:
    return Member.objects.create(number="R000000002", joined_at=OPENING, created_at=OPENING)
