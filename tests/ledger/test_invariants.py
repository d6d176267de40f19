"""Each invariant fires for its violation. The database refuses most of them, so its guards are taken away
inside the test's transaction first."""

import pytest
from django.db import connection

from apps.core import invariants
from apps.ledger import invariants as ledger_invariants
from apps.ledger import services as ledger
from apps.ledger.models import Account, Entry
from tests.ledger.acts import (
    NEXT_YEAR_END,
    TODAY,
    TOMORROW,
    YEAR_END,
    expire,
    give,
    key,
    noon,
    take,
    undo,
)
from tests.ledger.acts import (
    run_sql as run,
)

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]
LEDGER = [code for code in invariants.REGISTRY if code.startswith("L") and code != "L7"]


def without_triggers(table: str, sql: str, *params: object) -> None:
    """Do what the append-only guards forbid, then put them back."""
    run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    run(sql, *params)
    run(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def without_check(table: str, constraint: str, sql: str, *params: object) -> None:
    run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    without_triggers(table, sql, *params)


def broken() -> dict[str, list[dict]]:
    return {violation.code: violation.rows for violation in invariants.check(LEDGER)}


def test_l1_a_balance_is_the_sum_of_its_entries(busy):
    run("UPDATE ledger_account SET balance = balance + 1 WHERE id = %s", busy.pk)
    found = broken()
    assert set(found) == {"L1", "L2"}  # lots know the balance as well
    assert [row["account_id"] for row in found["L1"]] == [busy.pk]


def test_l1_every_balance_after_follows(busy):
    entry = Entry.objects.filter(account=busy, kind="spend").first()
    without_triggers(
        "ledger_entry", "UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE id = %s", entry.pk
    )
    assert {code: sorted(row["entry_id"] for row in rows) for code, rows in broken().items()} == {
        "L1 running": [entry.pk]
    }


def test_l2_a_balance_is_what_lots_hold_less_what_is_owed(busy):
    run("UPDATE ledger_account SET owed = owed + 1 WHERE id = %s", busy.pk)
    found = broken()
    assert set(found) == {"L2", "L2 owed"}
    assert found["L2 owed"][0]["account_id"] == busy.pk


def test_l3_no_lot_is_below_zero_or_above_its_grant(busy):
    without_check("ledger_lot", "ledger_lot_within_grant", "SELECT 1")
    lot = busy_lot(busy)
    run("UPDATE ledger_lot SET remaining = granted + 1, is_open = true WHERE id = %s", lot)
    found = broken()
    assert set(found) == {"L2", "L3", "L4"}
    assert [row["lot_id"] for row in found["L3"]] == [lot]


def test_l4_a_lot_holds_its_grant_less_its_allocations(busy):
    spent, open_ = busy.lot_set.order_by("id").first().pk, busy_lot(busy)
    run("UPDATE ledger_lot SET remaining = remaining - 1 WHERE id = %s", open_)
    run("UPDATE ledger_lot SET remaining = 1, is_open = true WHERE id = %s", spent)
    found = broken()
    assert set(found) == {"L4"}
    assert {row["lot_id"] for row in found["L4"]} == {spent, open_}


def test_l4_an_entry_is_its_lots_and_allocations(busy):
    sale, spare = give(busy.member, 10), give(busy.member, 10)
    assert broken() == {}
    run("ALTER TABLE ledger_lot DISABLE TRIGGER USER")
    run("UPDATE ledger_lot SET granted = 9, remaining = 9 WHERE entry_id = %s", sale)
    run("UPDATE ledger_lot SET granted = 11, remaining = 11 WHERE entry_id = %s", spare)
    run("ALTER TABLE ledger_lot ENABLE TRIGGER USER")
    assert {code: sorted(row["entry_id"] for row in rows) for code, rows in broken().items()} == {
        "L4 entry": [sale, spare]
    }


def test_l5_no_account_was_below_zero_without_owing(ann):
    give(ann, 10)
    account = Account.objects.get(member=ann)
    run("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_negative_only_when_owed")
    run(
        """INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, at, explanation)
           VALUES (%s, %s, 'spend', -30, -20, now(), '{}')""",
        account.pk,
        ann.pk,
    )
    run("UPDATE ledger_account SET balance = -20 WHERE id = %s", account.pk)
    found = broken()
    assert set(found) == {"L2", "L4 entry", "L5"}
    assert [row["balance_after"] for row in found["L5"]] == [-20]


def test_l6_a_source_key_acted_once(busy):
    entry = Entry.objects.filter(account=busy, kind="award").first()
    run(
        """INSERT INTO ledger_decline (source, member_id, asset_id, at, reason, explanation)
           VALUES (%s, %s, 1, now(), 'no_rule', '{}')""",
        entry.source,
        busy.member_id,
    )
    assert broken() == {"L6": [{"source": entry.source, "times": 2}]}


def test_l8_a_reversal_touches_only_lots_its_original_touched(ann):
    give(ann, 10)
    second = give(ann, 10)
    back = undo(second, 4)
    first_lot = Account.objects.get(member=ann).lot_set.order_by("id")[0].pk
    without_triggers(
        "ledger_allocation",
        "UPDATE ledger_allocation SET lot_id = %s WHERE entry_id = %s",
        first_lot,
        back.entry_id,
    )
    run("UPDATE ledger_lot SET remaining = 20 - remaining - 4")
    found = broken()
    assert set(found) == {"L8"}
    assert (found["L8"][0]["entry_id"], found["L8"][0]["lot_id"]) == (back.entry_id, first_lot)


def test_l8_nothing_is_reversed_beyond_its_amount(ann):
    entry = give(ann, 10)
    undo(entry, 10)
    without_triggers("ledger_reversal", "UPDATE ledger_reversal SET requested = requested + 5, waived = 5")
    assert broken() == {"L8 amount": [{"original_id": entry, "amount": 10, "reversed": 15}]}


def test_l8_no_lot_gets_back_more_than_was_taken_from_it(ann):
    give(ann, (10, YEAR_END), (10, None))
    sale = take(ann, 15)
    back = undo(sale, 10)  # five to each lot
    run("ALTER TABLE ledger_lot DROP CONSTRAINT ledger_lot_within_grant")
    without_triggers(
        "ledger_allocation",
        """UPDATE ledger_allocation a SET amount = CASE WHEN l.expires_on IS NULL THEN -6 ELSE -4 END
             FROM ledger_lot l WHERE l.id = a.lot_id AND a.entry_id = %s""",
        back.entry_id,
    )
    run("UPDATE ledger_lot SET remaining = CASE WHEN expires_on IS NULL THEN 11 ELSE 4 END")
    found = broken()
    assert set(found) == {"L3", "L8 lot"}
    assert found["L8 lot"][0]["returned"] == 6


def test_l8_no_expiry_counts_for_more_than_was_lost_to_it(ann):
    entry = give(ann, (10, TODAY))
    expire(TOMORROW)
    undo(entry, 4, on=TOMORROW)
    undo(entry, 6, on=TOMORROW)
    assert broken() == {}
    expiry = Entry.objects.get(kind="expire")
    run("UPDATE ledger_account SET balance = 4")
    without_triggers("ledger_lot", "UPDATE ledger_lot SET remaining = 4, is_open = true, expires_on = NULL")
    run(
        """INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, at, explanation,
                                     reverses_id)
           SELECT account_id, member_id, 'reverse', 4, 4, at, '{}', id FROM ledger_entry WHERE id = %s""",
        expiry.pk,
    )
    run(
        """INSERT INTO ledger_allocation (entry_id, lot_id, amount)
           SELECT e.id, l.id, -4 FROM ledger_entry e, ledger_lot l
            WHERE e.reverses_id = %s""",
        expiry.pk,
    )
    run(
        """INSERT INTO ledger_reversal (entry_id, original_id, requested, moved, lapsed, owed, waived)
           SELECT id, reverses_id, 4, 4, 0, 0, 0 FROM ledger_entry WHERE reverses_id = %s""",
        expiry.pk,
    )
    assert broken() == {"L8 lapsed": [{"original_id": entry, "lapsed": 10, "uncounted": -4}]}


def test_l8_every_reversal_says_how_it_was_met(ann):
    back = undo(give(ann, 10), 4)
    without_triggers("ledger_reversal", "DELETE FROM ledger_reversal")
    found = broken()
    assert set(found) == {"L8 record"}
    assert found["L8 record"][0]["entry_id"] == back.entry_id


@pytest.mark.parametrize("kind", ["spend", "adjust"])
def test_l9_spending_took_the_lots_that_expire_soonest(ann, kind):
    give(ann, (10, YEAR_END), (10, NEXT_YEAR_END))
    sale = take(ann, 4, kind=kind)
    assert broken() == {}
    soon, late = Account.objects.get(member=ann).lot_set.order_by("id").values_list("id", flat=True)
    without_triggers(
        "ledger_allocation", "UPDATE ledger_allocation SET lot_id = %s WHERE entry_id = %s", late, sale
    )
    run("UPDATE ledger_lot SET remaining = 16 - remaining")
    assert broken() == {"L9": [{"entry_id": sale, "lot_id": late, "sooner_lot_id": soon}]}


def test_l10_stored_value_principal_carries_no_expiry(ann):
    ledger.award(
        member_id=ann.pk, amount=5, at=noon(TODAY), source=key(), expires_on=None, asset="balance_principal"
    )
    without_triggers("ledger_lot", "UPDATE ledger_lot SET expires_on = %s", YEAR_END)
    assert [row["expires_on"] for row in broken()["L10"]] == [YEAR_END]


def test_l11_amounts_are_whole_numbers(busy):
    run("ALTER TABLE ledger_account ALTER COLUMN held TYPE numeric")
    assert broken() == {
        "L11": [{"table_name": "ledger_account", "column_name": "held", "data_type": "numeric"}]
    }


@pytest.mark.parametrize("guard", ledger_invariants.GUARDS)
def test_l12_history_is_protected_in_the_database(busy, guard):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", [guard])
        (table,) = cursor.fetchone()
    run(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
    assert broken() == {"L12": [{"missing_guard": guard}]}
    run(f"DROP TRIGGER {guard} ON {table}")
    assert broken() == {"L12": [{"missing_guard": guard}]}


def test_l13_what_is_held_is_the_sum_of_open_holds(busy):
    run("UPDATE ledger_account SET held = held + 1 WHERE id = %s", busy.pk)
    assert broken() == {"L13": [{"account_id": busy.pk, "held": 8, "open_holds": 7}]}


def test_l13_a_hold_ended_once(busy):
    without_triggers("ledger_hold", "UPDATE ledger_hold SET amount = 4 WHERE state = 'captured'")
    assert [row["captured"] for row in broken()["L13 ended"]] == [-5, -5]


def busy_lot(account: Account) -> int:
    return account.lot_set.filter(is_open=True).order_by("id").first().pk
