"""History can't be rewritten: not in SQL, not through the ORM."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.utils import IntegrityError, ProgrammingError

from apps.ledger.models import Account
from tests.ledger.acts import run_sql as run

pytestmark = pytest.mark.django_db


WRITES: dict[str, list[str]] = {
    "ledger_entry": ["UPDATE {} SET amount = 1", "UPDATE {} SET explanation = '{{}}'", "DELETE FROM {}"],
    "ledger_allocation": ["UPDATE {} SET amount = 1", "DELETE FROM {}"],
    "ledger_reversal": ["UPDATE {} SET owed = 0", "DELETE FROM {}"],
    "ledger_extension": ["UPDATE {} SET now = '2030-01-01'", "DELETE FROM {}"],
    "ledger_decline": ["UPDATE {} SET reason = ''", "DELETE FROM {}"],
    "ledger_lot": [
        "UPDATE {} SET granted = granted + 1",
        "UPDATE {} SET entry_id = 1",
        "UPDATE {} SET available_on = NULL",
        "DELETE FROM {}",
    ],
    "ledger_hold": ["UPDATE {} SET amount = 1", "UPDATE {} SET source = 'x'", "DELETE FROM {}"],
}


@pytest.mark.parametrize(
    ("table", "sql"), [(table, sql) for table, statements in WRITES.items() for sql in statements]
)
def test_history_cannot_be_changed_or_deleted(busy, table, sql):
    with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
        run(sql.format(table))


@pytest.mark.parametrize("table", WRITES)
def test_history_cannot_be_truncated(busy, table):
    run("SET LOCAL app.allow_truncate = 'off'")
    with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")


def test_a_hold_that_ended_cannot_be_opened_again(busy):
    with pytest.raises(IntegrityError, match="ends once"), transaction.atomic():
        run(
            "UPDATE ledger_hold SET state = 'open', ended_at = NULL, entry_id = NULL WHERE state = 'captured'"
        )


def save_entry(account: Account) -> None:
    entry = account.entry_set.first()
    entry.explanation = {"forged": True}
    entry.save()


def save_lot(account: Account) -> None:
    lot = account.lot_set.first()
    lot.granted += 1
    lot.save()


@pytest.mark.parametrize(
    "act",
    [
        save_entry,
        save_lot,
        lambda account: account.entry_set.first().delete(),
        lambda account: account.entry_set.update(amount=1),
        lambda account: account.lot_set.all()._raw_delete("default"),
        lambda account: account.hold_set.update(amount=1),
        lambda account: account.entry_set.filter(kind="spend").first().allocations.update(amount=1),
    ],
)
def test_history_cannot_be_changed_through_the_orm(busy, act: Callable[[Account], object]):
    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
        act(busy)
