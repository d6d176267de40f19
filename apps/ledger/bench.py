"""Award, redeem and the till's hold and capture, beside minimal functions that write the same rows.

The limits keep no refusals, no holds' check, no debt and no batch: what is left is the rows themselves.
"""

import itertools
import random
import uuid
from datetime import timedelta

import psycopg
from django.db import connection

from apps.core import bench, clock
from apps.ledger import services as ledger

PROOF = {
    "rules": [{"rule": "base", "version": 1, "base": 12800, "rate": [1, 100], "points": 128}],
    "rounding": "down",
}
PROOF_TEXT = (
    '{"rules": [{"rule": "base", "version": 1, "base": 12800, "rate": [1, 100], "points": 128}], '
    '"rounding": "down"}'
)

bench.prepares("""
CREATE FUNCTION bench_award(m bigint, n bigint, s text, t timestamptz, x date, e jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE a bigint; b bigint; i bigint;
BEGIN
  UPDATE ledger_account SET balance = balance + n WHERE member_id = m AND asset_id = 1
  RETURNING id, balance INTO a, b;
  INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, source, at, explanation)
  VALUES (a, m, 'award', n, b, s, t, e) RETURNING id INTO i;
  INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, expires_on, is_open)
  VALUES (a, m, i, n, n, x, true);
  RETURN i;
END $$;

CREATE FUNCTION bench_redeem(m bigint, n bigint, s text, t timestamptz, d date, e jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE a bigint; b bigint; i bigint; l record; p bigint; r bigint := n;
BEGIN
  SELECT id, balance - n INTO a, b FROM ledger_account WHERE member_id = m AND asset_id = 1 FOR UPDATE;
  INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, source, at, explanation)
  VALUES (a, m, 'spend', -n, b, s, t, e) RETURNING id INTO i;
  FOR l IN SELECT id, remaining FROM ledger_lot WHERE account_id = a AND is_open AND expires_on >= d
            ORDER BY expires_on, id LOOP
    EXIT WHEN r = 0;
    p := least(l.remaining, r);
    UPDATE ledger_lot SET remaining = remaining - p, is_open = remaining > p WHERE id = l.id;
    INSERT INTO ledger_allocation (entry_id, lot_id, amount) VALUES (i, l.id, p);
    r := r - p;
  END LOOP;
  IF r > 0 THEN RAISE EXCEPTION 'not enough'; END IF;
  UPDATE ledger_account SET balance = b WHERE id = a;
  RETURN i;
END $$;

CREATE FUNCTION bench_hold(m bigint, n bigint, s text, t timestamptz, x timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE a bigint; i bigint;
BEGIN
  UPDATE ledger_account SET held = held + n WHERE member_id = m AND asset_id = 1 AND balance >= held + n
  RETURNING id INTO a;
  INSERT INTO ledger_hold (account_id, member_id, amount, state, source, created_at, due_at)
  VALUES (a, m, n, 'open', s, t, x) RETURNING id INTO i;
  RETURN i;
END $$;

CREATE FUNCTION bench_capture(h bigint, s text, t timestamptz, d date, e jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE m bigint; n bigint; i bigint;
BEGIN
  SELECT member_id, amount INTO m, n FROM ledger_hold WHERE id = h;
  UPDATE ledger_account SET held = held - n WHERE member_id = m AND asset_id = 1;
  i := bench_redeem(m, n, s, t, d, e);
  UPDATE ledger_hold SET state = 'captured', ended_at = t, entry_id = i WHERE id = h;
  RETURN i;
END $$;
""")


def bare_cursor() -> psycopg.Cursor:
    """A cursor without Django: server-side binding and prepared statements."""
    settings = connection.get_connection_params()
    for extra in ("cursor_factory", "context", "prepare_threshold"):
        settings.pop(extra, None)
    return psycopg.connect(**settings, autocommit=True, prepare_threshold=0).cursor()


def draws(number: int, members: int) -> tuple[random.Random, itertools.count, str]:
    """A client's own dice, counter and prefix of source keys."""
    return random.Random(number), itertools.count(), f"bench:{uuid.uuid4().hex[:12]}:"


def _award(number: int, members: int):
    dice, counter, prefix = draws(number, members)
    at = clock.now()
    expires_on = clock.business_day(at) + timedelta(days=400)

    def once() -> None:
        ledger.award(
            member_id=dice.randint(1, members),
            amount=128,
            at=at,
            source=f"{prefix}{next(counter)}",
            expires_on=expires_on,
            explanation=PROOF,
        )

    return once


def _award_limit(number: int, members: int):
    dice, counter, prefix = draws(number, members)
    cursor, at = bare_cursor(), clock.now()
    expires_on = clock.business_day(at) + timedelta(days=400)
    sql = "SELECT bench_award(%s, %s, %s, %s, %s, %s::jsonb)"

    def once() -> None:
        source = f"{prefix}{next(counter)}"
        cursor.execute(sql, [dice.randint(1, members), 128, source, at, expires_on, PROOF_TEXT])

    return once


def _redeem(number: int, members: int):
    dice, counter, prefix = draws(number, members)
    at = clock.now()

    def once() -> None:
        member_id = dice.randint(1, members)
        ledger.spend(
            member_id=member_id, amount=20, at=at, source=f"{prefix}{next(counter)}", explanation=PROOF
        )

    return once


def _redeem_limit(number: int, members: int):
    dice, counter, prefix = draws(number, members)
    cursor, at = bare_cursor(), clock.now()
    day = clock.business_day(at)
    sql = "SELECT bench_redeem(%s, %s, %s, %s, %s, %s::jsonb)"

    def once() -> None:
        source = f"{prefix}{next(counter)}"
        cursor.execute(sql, [dice.randint(1, members), 20, source, at, day, PROOF_TEXT])

    return once


def _till(number: int, members: int):
    dice, counter, prefix = draws(number, members)
    at = clock.now()
    due_at = at + timedelta(minutes=15)

    def once() -> None:
        source = f"{prefix}{next(counter)}"
        member_id = dice.randint(1, members)
        held = ledger.hold(member_id=member_id, amount=20, source=source, at=at, due_at=due_at)
        ledger.capture(held.hold_id, ledger.Capture(source, at, PROOF))

    return once


def _till_limit(number: int, members: int):
    dice, counter, prefix = draws(number, members)
    cursor, at = bare_cursor(), clock.now()
    day, due_at = clock.business_day(at), at + timedelta(minutes=15)

    def once() -> None:
        source = f"{prefix}{next(counter)}"
        values = [dice.randint(1, members), 20, source, at, due_at]
        cursor.execute("SELECT bench_hold(%s, %s, %s, %s, %s)", values)
        hold_id = cursor.fetchone()[0]
        cursor.execute(
            "SELECT bench_capture(%s, %s, %s, %s, %s::jsonb)", [hold_id, source, at, day, PROOF_TEXT]
        )

    return once


bench.pair(bench.Pair("ledger: award", 0.80, _award, _award_limit))
bench.pair(bench.Pair("ledger: redeem", 0.70, _redeem, _redeem_limit))
bench.pair(bench.Pair("till: hold + capture", 0.60, _till, _till_limit))
