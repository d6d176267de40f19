"""Every migration of ours can be taken back, and applied again."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from apps.core.bench import scratch
from config import migrations


@pytest.fixture
def empty_database(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker
) -> Iterator[None]:
    """The default connection leads to a migrated database with nothing else in it."""
    with django_db_blocker.unblock(), scratch.database(f"{connection.settings_dict['NAME']}_back"):
        yield


@pytest.fixture
def transactional_db(empty_database: None) -> None:
    """So that the plugin makes the test database beside which the empty one stands."""


def ours() -> list[str]:
    return [config.label for config in apps.get_app_configs() if config.name.startswith("apps.")]


def left_behind() -> set[str]:
    """Tables, functions and sequences of ours in the database."""
    prefixes = [f"{label}\\_%" for label in ours()]
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname FROM pg_class WHERE relname LIKE ANY (%s)
               UNION SELECT proname FROM pg_proc WHERE proname LIKE ANY (%s)""",
            [prefixes, prefixes],
        )
        return {name for (name,) in cursor.fetchall()}


def test_every_migration_can_be_taken_back_and_applied_again(transactional_db: None):
    before = left_behind()
    assert {"ledger_entry", "ledger_post_one", "members_member"} <= before
    call_command("migrate", "stores", "zero", verbosity=0)  # all of ours stand on it
    for label in ours():
        if apps.get_app_config(label).models_module is not None:
            call_command("migrate", label, "zero", verbosity=0)
    assert left_behind() == set()
    call_command("migrate", verbosity=0)
    assert migrations.outstanding() == []
    assert left_behind() == before
