"""A database of its own for measuring, made beside the real one and dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, connections

from apps.core.bench.pairs import PREPARE

LOTS_PER_MEMBER = 5


@contextmanager
def database(name: str) -> Iterator[None]:
    """Within the block the default connection leads to an empty, migrated database called ``name``."""
    real = connection.settings_dict["NAME"]
    _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    connections.close_all()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", interactive=False, verbosity=0)
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = real
        _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connections.close_all()


def _administer(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def populate(members: int) -> None:
    """So many members, each with a points account and five open lots of 1,000, in four statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO members_member (number, status, name, gender, phone_last4, joined_at, created_at,
                                           attributes)
               SELECT 'B' || n, 'active', '', '', '', now(), now(), '{}' FROM generate_series(1, %s) n""",
            [members],
        )
        cursor.execute(
            """INSERT INTO ledger_account (member_id, asset_id, balance, held, owed)
               SELECT id, 1, %s, 0, 0 FROM members_member ORDER BY id""",
            [LOTS_PER_MEMBER * 1000],
        )
        cursor.execute(
            """INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, at, explanation)
               SELECT a.id, a.member_id, 'award', 1000, n * 1000, now(), '{}'
                 FROM ledger_account a, generate_series(1, %s) n ORDER BY n, a.id""",
            [LOTS_PER_MEMBER],
        )
        cursor.execute(
            """INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, expires_on,
                                       is_open)
               SELECT account_id, member_id, id, 1000, 1000,
                      current_date + 30 * (balance_after / 1000)::int, true
                 FROM ledger_entry ORDER BY id"""
        )
        for sql in PREPARE:
            cursor.execute(sql)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
