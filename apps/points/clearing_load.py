"""Clearing everything that is due while a till goes on spending: how long it takes, for how long a chunk
holds its accounts, and what a spend feels of it. Part of ``manage.py bench``.

The day cleared is the first one with lots, and tills act on it, so that they take from lots that aren't due.
"""

import multiprocessing
import random
import time
from datetime import date, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from django.db import connection, connections
from django.db.models import Max, Min

from apps.core import bench, clock
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.ledger.models import Lot
from apps.points import services as points

NAME = "clearing under load"
BENCH = Actor("bench")
LONGEST_LOCK = 0.5  # seconds
SLOWER = 2.0  # times the p99 of an idle shop
IDLE_SECONDS = 8.0
PAUSE = 0.005  # between two spends of one till
FORK = multiprocessing.get_context("fork")


def measure(clients: int) -> list[bench.Bound]:
    """Spend for a while, then spend while two (``clients``) workers clear the first day that is due."""
    as_of = Lot.objects.filter(is_open=True).aggregate(day=Min("expires_on"))["day"] + timedelta(days=1)
    at = clock.day_start(as_of) + timedelta(hours=2)
    idle = _spends_during(at, "idle", lambda: time.sleep(IDLE_SECONDS))
    seconds: dict[str, float] = {}
    busy = _spends_during(at, "busy", lambda: seconds.update(_clear(as_of, at, clients)))
    before, during = _p99(idle), _p99(busy)
    return [
        bench.Bound(f"clearing of {int(seconds['lots']):,} lots, planning", seconds["plan"], "s"),
        bench.Bound(f"clearing of {int(seconds['lots']):,} lots, {clients} workers", seconds["run"], "s"),
        bench.Bound("longest chunk while clearing", seconds["longest"], "s", LONGEST_LOCK),
        bench.Bound(f"p99 of {len(idle):,} spends, idle", before, "ms"),
        bench.Bound(f"p99 of {len(busy):,} spends while clearing", during, "ms", SLOWER * before),
    ]


def _clear(as_of: date, at: datetime, clients: int) -> dict[str, float]:
    began = time.perf_counter()
    run = points.plan_clearing(as_of=as_of, actor=BENCH, at=at)
    points.start_clearing(run_id=run.pk, actor=BENCH, at=at)
    planned = time.perf_counter()
    pipes = [_started(_chunks, run.pk, at) for _worker in range(clients)]
    longest = max(pipe.recv() for pipe in pipes)
    points.finish_clearing(run_id=run.pk, at=at)
    run.refresh_from_db()
    ended = time.perf_counter()
    return {"lots": run.lots, "plan": planned - began, "run": ended - planned, "longest": longest}


def _chunks(send: Connection, run_id: int, at: datetime) -> None:
    """A worker: all chunks it gets; tells how long the longest took from first lock to commit."""
    longest, is_left = 0.0, True
    while is_left:
        began = time.perf_counter()
        is_left = points.run_chunk(run_id=run_id, at=at) is not None
        longest = max(longest, time.perf_counter() - began)
    send.send(longest)


def _spends_during(at: datetime, name: str, work) -> list[float]:
    """Seconds of each spend of a till while the work is done."""
    done = FORK.Event()
    pipe = _started(_till, at, name, done)
    work()
    done.set()
    return pipe.recv()


def _till(send: Connection, at: datetime, name: str, done: Event) -> None:
    chance, took = random.Random(name), []
    ends = Lot.objects.aggregate(first=Min("member_id"), last=Max("member_id"))
    while not done.is_set():
        member_id, began = chance.randint(ends["first"], ends["last"]), time.perf_counter()
        ledger.spend(member_id=member_id, amount=1, at=at, source=f"{name}:{len(took)}")
        took.append(time.perf_counter() - began)
        time.sleep(PAUSE)
    send.send(took[10:])  # connections and plans come with the first


def _started(work, *arguments) -> Connection:
    connections.close_all()
    receive, send = FORK.Pipe(duplex=False)
    FORK.Process(target=_alone, args=(work, send, *arguments), daemon=True).start()
    send.close()
    return receive


def _alone(work, send: Connection, *arguments) -> None:
    work(send, *arguments)
    send.close()
    connection.close()


def _p99(seconds: list[float]) -> float:
    ordered = sorted(seconds)
    return 1000 * ordered[int(len(ordered) * 0.99)]
