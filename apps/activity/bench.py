"""Recording purchases, beside one function and one set-based statement that write the same rows.

The limits decide nothing: no rules, no hash, no replay, no refusal. What is left is the rows themselves: the
activity, its line, the account, the entry, its lot and the outbox event.
"""

import random
import uuid
from datetime import datetime, timedelta

from apps.activity import services as activity
from apps.core import bench, clock
from apps.core.roundtrip import array
from apps.ledger.bench import bare_cursor

BATCH = 1000
PROOF_TEXT = (
    '{"amount_fen":12800,"points":128,"parts":[{"rule":"base","name":"Base points","rule_id":1,"version":1,'
    '"version_id":1,"base_fen":12800,"points":128,"rate":[1,100],"rounding":"down"}]}'
)

bench.prepares("""
CREATE FUNCTION bench_record(c bigint, x text, m bigint, t timestamptz, d date, g text, f bigint, n bigint,
                             h bytea, e jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE v bigint; i bigint;
BEGIN
  INSERT INTO activity_activity (channel_id, external_id, kind, member_id, occurred_at, recorded_at,
                                 amount_fen, discount_fen, points_spent, payload_hash, attributes)
  VALUES (c, x, 'purchase', m, t, t, f, 0, 0, h, '{}') RETURNING id INTO v;
  INSERT INTO activity_line (activity_id, member_id, category, sku, quantity, amount_fen)
  VALUES (v, m, g, '', 1, f);
  i := bench_award(m, n, 'activity:' || v || ':points', t, d, e);
  INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
  VALUES ('activity.recorded', jsonb_build_object('activities', jsonb_build_array(v)), t, 0, '');
  RETURN v;
END $$;
""")

_SET = """
WITH f AS (
  SELECT * FROM unnest(%s::text[], %s::bigint[]) AS f (x, m)
), a AS (
  INSERT INTO activity_activity (channel_id, external_id, kind, member_id, occurred_at, recorded_at,
                                 amount_fen, discount_fen, points_spent, payload_hash, attributes)
  SELECT %s, x, 'purchase', m, %s, %s, 12800, 0, 0, %s, '{}' FROM f RETURNING id, member_id
), n AS (
  INSERT INTO activity_line (activity_id, member_id, category, sku, quantity, amount_fen)
  SELECT id, member_id, '饮料', '', 1, 12800 FROM a
), s AS (
  SELECT member_id, count(*) * 128 AS points FROM a GROUP BY 1
), b AS (
  UPDATE ledger_account k SET balance = balance + s.points FROM s
   WHERE k.member_id = s.member_id AND k.asset_id = 1 RETURNING k.id, k.member_id, k.balance
), e AS (
  INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, source, at, explanation)
  SELECT b.id, a.member_id, 'award', 128, b.balance, 'activity:' || a.id || ':points', %s, %s::jsonb
    FROM a JOIN b USING (member_id) RETURNING id, account_id, member_id
), l AS (
  INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, expires_on, is_open)
  SELECT account_id, member_id, id, 128, 128, %s, true FROM e
)
INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
SELECT 'activity.recorded', jsonb_build_object('activities', array_agg(id)), %s, 0, '' FROM a"""

_CHANNEL = """
INSERT INTO members_channel (code, name) VALUES ('bench', 'Bench')
ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id"""


def _someone(dice: random.Random, number: int, members: int) -> int:
    """A member of the client's own eighth, so that batches of two clients never wait for each other."""
    share = members // 8
    return dice.randint(number * share + 1, (number + 1) * share)


def _fact(member_id: int, at: datetime) -> activity.Fact:
    return activity.Fact(
        kind="purchase",
        channel="bench",
        external_id=uuid.uuid4().hex,
        member_id=member_id,
        occurred_at=at,
        lines=(activity.FactLine("饮料", "", 1, 12800),),
    )


def _ours(size: int):
    def make(number: int, members: int):
        dice, at = random.Random(number), clock.now()
        _channel_id()

        def once() -> None:
            activity.record([_fact(_someone(dice, number, members), at) for _ in range(size)], at=at)

        return once

    return make


def _one_function(number: int, members: int):
    dice, at, cursor = random.Random(number), clock.now(), bare_cursor()
    channel, digest = _channel_id(), bytes(32)
    expires_on = clock.business_day(at) + timedelta(days=400)
    sql = "SELECT bench_record(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)"

    def once() -> None:
        key, member = uuid.uuid4().hex, _someone(dice, number, members)
        cursor.execute(sql, [channel, key, member, at, expires_on, "饮料", 12800, 128, digest, PROOF_TEXT])

    return once


def _one_statement(number: int, members: int):
    dice, at, cursor = random.Random(number), clock.now(), bare_cursor()
    channel, digest = _channel_id(), bytes(32)
    expires_on = clock.business_day(at) + timedelta(days=400)

    def once() -> None:
        keys = "{" + ",".join(uuid.uuid4().hex for _ in range(BATCH)) + "}"
        chosen = array(_someone(dice, number, members) for _ in range(BATCH))
        cursor.execute(_SET, [keys, chosen, channel, at, at, digest, at, PROOF_TEXT, expires_on, at])

    return once


def _channel_id() -> int:
    cursor = bare_cursor()
    channel_id = cursor.execute(_CHANNEL).fetchone()[0]
    cursor.connection.close()
    return channel_id


bench.pair(bench.Pair("activity: record one purchase", 0.60, _ours(1), _one_function))
bench.pair(bench.Pair("activity: record 1,000 purchases", 0.50, _ours(BATCH), _one_statement, BATCH))
