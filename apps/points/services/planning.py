"""The dry run of clearing: what is due, in one snapshot, stored as the plan the run must equal."""

import json
from datetime import date, datetime

from django.db import connection, transaction

from apps.core import audit, clock
from apps.core.audit import Actor
from apps.ledger.assets import asset_id
from apps.points import queries
from apps.points.errors import ClearingBusy, ClearingTooEarly
from apps.points.models import ClearingRun, RunState

CHUNK_LOTS = 2_000  # accounts held at once: few beside a million, so that hardly a spend meets a lock
EXAMPLES = 5

_PLAN = """
  WITH lots AS MATERIALIZED (
    SELECT l.account_id, l.expires_on, count(*) AS lots, sum(l.remaining)::bigint AS points
      FROM ledger_lot l JOIN ledger_account a ON a.id = l.account_id
     WHERE l.is_open AND l.expires_on < %(as_of)s AND a.asset_id = %(asset)s
     GROUP BY 1, 2
  ), due AS MATERIALIZED (
    SELECT account_id, sum(lots)::bigint AS lots, sum(points)::bigint AS points FROM lots GROUP BY 1
  ), numbered AS (
    SELECT *, (sum(lots) OVER (ORDER BY account_id) - lots) / %(size)s AS chunk FROM due
  ), chunks AS (
    INSERT INTO points_clearingchunk (run_id, first_account, last_account, planned_accounts, planned_lots,
                                      planned_points, accounts, lots, points, late_points, late_entries)
    SELECT %(run)s, min(account_id), max(account_id), count(*), sum(lots), sum(points), 0, 0, 0, 0, 0
      FROM numbered GROUP BY trunc(chunk)
    RETURNING planned_accounts, planned_lots, planned_points
  )
  SELECT json_build_object(
    'accounts', (SELECT coalesce(sum(planned_accounts), 0) FROM chunks),
    'lots', (SELECT coalesce(sum(planned_lots), 0) FROM chunks),
    'points', (SELECT coalesce(sum(planned_points), 0) FROM chunks),
    'chunks', (SELECT count(*) FROM chunks),
    'last_entry', (SELECT coalesce(max(id), 0) FROM ledger_entry),
    'by_expiry', (SELECT coalesce(json_agg(d ORDER BY d.expires_on), '[]') FROM (
        SELECT expires_on, sum(lots) AS lots, sum(points) AS points FROM lots GROUP BY 1) d),
    'examples', (SELECT coalesce(json_agg(x ORDER BY x.points DESC, x.member), '[]') FROM (
        SELECT m.number AS member, m.id AS member_id, t.lots, t.points
          FROM (SELECT * FROM due ORDER BY points DESC, account_id LIMIT %(examples)s) t
          JOIN ledger_account a ON a.id = t.account_id JOIN members_member m ON m.id = a.member_id) x)
  )::text"""


@transaction.atomic
def plan_clearing(*, as_of: date, actor: Actor, at: datetime, asset: str = "points") -> ClearingRun | None:
    """Count what is due at the start of ``as_of`` and store it as a planned run; nothing else is written.

    A plan not yet run is counted anew. None when the day was cleared before and nothing new is due.
    Raises ClearingTooEarly for a day not begun, ClearingBusy while another run is under way.
    """
    today = clock.business_day(at)
    if as_of > today:
        raise ClearingTooEarly(as_of, today)
    one_at_a_time()
    busy = queries.running().filter(asset_id=asset_id(asset)).first()
    if busy is not None:
        raise ClearingBusy(busy.pk)
    newest = queries.newest_run(asset_id(asset), as_of)
    run = _planned_anew(newest) or _next_round(newest, asset, as_of)
    run.requested_by_id, run.created_at = actor.staff_id, at
    run.save()
    run.plan = _count(run)
    if newest is not None and newest.state == RunState.DONE and not run.plan["lots"]:
        run.delete()
        return None
    run.save(update_fields=["plan"])
    audit.record(
        "points.plan_clearing", actor=actor, subject=("points.clearing", run.pk), at=at, data=_facts(run)
    )
    return run


def one_at_a_time() -> None:
    """Planning and starting take turns, to the end of their transactions: no recount under a start."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('points.plan_clearing'))")


def _planned_anew(newest: ClearingRun | None) -> ClearingRun | None:
    if newest is None or newest.state != RunState.PLANNED:
        return None
    newest.chunks.all().delete()
    return newest


def _next_round(newest: ClearingRun | None, asset: str, as_of: date) -> ClearingRun:
    number = newest.round + 1 if newest else 1
    return ClearingRun(asset_id=asset_id(asset), as_of=as_of, round=number)


def _count(run: ClearingRun) -> dict:
    facts = {"as_of": run.as_of, "asset": run.asset_id, "run": run.pk}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")  # a million accounts are counted without spilling
        cursor.execute(_PLAN, facts | {"size": CHUNK_LOTS, "examples": EXAMPLES})
        return json.loads(cursor.fetchone()[0])


def _facts(run: ClearingRun) -> dict:
    plan = run.plan
    return {"as_of": run.as_of.isoformat(), "points": plan["points"], "accounts": plan["accounts"]}
