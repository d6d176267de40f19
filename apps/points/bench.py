"""Clearing all that is due: planned, claimed and compared chunks beside bare SQL over disjoint ranges.

The scratch database has lots of five last days. Each turn clears one of them, limit and ours in turns; the
unit is lots per second, and ours includes counting the plan.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
from django.db import connection, connections

from apps.core import bench, clock
from apps.core.audit import Actor
from apps.points import clearing_load
from apps.points import services as points

NAME = "clear all due lots, two workers, lots"
GOAL = 0.80  # within 1.25 times the time of the limit
BENCH = Actor("bench")
LAST_DAYS = (30, 60, 90, 120)  # days from today; the limit takes the first
ACCOUNTS_A_CHUNK = 5_000

ADDRESS = ("host", "port", "user", "password", "dbname")
LOCK = "SELECT 1 FROM ledger_account WHERE id > %(after)s AND id <= %(upto)s ORDER BY id FOR UPDATE"
LIMIT = """
  WITH due AS (
    SELECT id, account_id, remaining FROM ledger_lot
     WHERE account_id > %(after)s AND account_id <= %(upto)s AND is_open AND expires_on < %(day)s
  ), closed AS (
    UPDATE ledger_lot l SET remaining = 0, is_open = false FROM due WHERE l.id = due.id
    RETURNING due.id, due.account_id, due.remaining
  ), moved AS (
    UPDATE ledger_account a SET balance = a.balance - s.points
      FROM (SELECT account_id, sum(remaining)::bigint AS points FROM closed GROUP BY 1) s
     WHERE a.id = s.account_id RETURNING a.id, a.member_id, a.balance, s.points
  ), entered AS (
    INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, source, at, explanation)
    SELECT id, member_id, 'expire', -points, balance, %(source)s || id, %(day)s, '{}' FROM moved ORDER BY id
    RETURNING id, account_id
  ), allocated AS (
    INSERT INTO ledger_allocation (entry_id, lot_id, amount)
    SELECT e.id, c.id, c.remaining FROM closed c JOIN entered e USING (account_id)
  )
  SELECT count(*) FROM closed"""


def measure(clients: int) -> bench.Figure:
    """Both sides in turns, each turn on lots of its own last day."""
    rates: dict[Callable, list[float]] = {_limit: [], _ours: []}
    today = clock.business_day(clock.now())
    for number, days in enumerate(LAST_DAYS):
        side = (_limit, _ours)[number % 2]
        began = time.perf_counter()
        lots = side(today + timedelta(days=days + 1), clients)
        rates[side].append(lots / (time.perf_counter() - began))
    ours, limit = (statistics.median(rates[side]) for side in (_ours, _limit))
    return bench.Figure(NAME, ours, limit, GOAL)


def _ours(as_of, clients: int) -> int:
    at = clock.day_start(as_of) + timedelta(hours=2)
    run = points.plan_clearing(as_of=as_of, actor=BENCH, at=at)
    points.start_clearing(run_id=run.pk, actor=BENCH, at=at)
    _in_processes(_work, [(run.pk, at)] * clients)
    points.finish_clearing(run_id=run.pk, at=at)
    run.refresh_from_db()
    return run.lots


def _work(run_id: int, at) -> None:
    while points.run_chunk(run_id=run_id, at=at):
        pass


def _limit(as_of, clients: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) - 1, max(id) FROM ledger_account")
        first, last = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM ledger_lot WHERE is_open AND expires_on < %s", [as_of])
        lots = cursor.fetchone()[0]
    width = -(-(last - first) // clients)
    ranges = [(first + n * width, min(first + (n + 1) * width, last)) for n in range(clients)]
    parameters = connection.get_connection_params()
    address = {
        name: parameters[name] for name in ("host", "port", "user", "password") if parameters.get(name)
    }
    address["dbname"] = parameters["dbname"]
    _in_processes(_sweep, [(address, as_of, *each) for each in ranges])
    return lots


def _sweep(address: dict, as_of, first: int, last: int) -> None:
    with psycopg.connect(**address, autocommit=True) as bare:
        for after in range(first, last, ACCOUNTS_A_CHUNK):
            facts = {"after": after, "upto": min(after + ACCOUNTS_A_CHUNK, last)}
            with bare.transaction():
                bare.execute(LOCK, facts)
                bare.execute(LIMIT, {**facts, "day": as_of, "source": f"limit:{as_of}:"})


def _in_processes(work: Callable, arguments: list[tuple]) -> None:
    connections.close_all()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise RuntimeError("a bench worker failed; its traceback is above")


bench.sweep(bench.Sweep(NAME, measure))
bench.watched(bench.Watched(clearing_load.NAME, clearing_load.measure))
