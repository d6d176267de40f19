"""Workers of a clearing die or meet; what is cleared stays exactly what was planned."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from apps.core import invariants
from apps.ledger.models import Entry
from apps.points import queries
from apps.points import services as points
from apps.points.services import planning
from tests.points.clearing_cast import AT, OPERATIONS, crowd, plan, planned_totals, totals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]
MEMBERS = 60
SUM = MEMBERS * (MEMBERS + 1) // 2


@pytest.fixture
def started(store, monkeypatch):
    """A run of 12 chunks of 5 accounts, waiting for workers."""
    monkeypatch.setattr(planning, "CHUNK_LOTS", 5)
    crowd(store, MEMBERS)
    planned = plan()
    return points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=AT)


@pytest.fixture
def join(database_url, repository):
    """Start a worker process at a run."""
    workers = []

    def worker(run_id):
        command = [sys.executable, "manage.py", "clear_points", "--join", str(run_id)]
        environment = {**os.environ, "DATABASE_URL": database_url}
        workers.append(subprocess.Popen(command, cwd=repository, env=environment, stdout=subprocess.DEVNULL))
        return workers[-1]

    yield worker
    for process in workers:
        process.kill()
        process.wait()


@contextmanager
def held_up(database_url, chunk):
    """Within the block a till holds the last account of the chunk: a worker gets stuck in its midst."""
    with psycopg.connect(database_url) as till:
        till.execute("SELECT 1 FROM ledger_account WHERE id = %s FOR UPDATE", [chunk.last_account])
        yield
        till.rollback()


def wait_until_stuck(worker):
    for _try in range(600):
        assert worker.poll() is None, "the worker ended"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("no worker reached the chunk")


def finish(run):
    while points.run_chunk(run_id=run.pk, at=AT):
        pass
    assert points.finish_clearing(run_id=run.pk, at=AT) is True
    run.refresh_from_db()


def test_workers_killed_in_the_midst_of_chunks_leave_a_run_that_resumes(started, join, database_url):
    seed = 20190101
    chunks = list(started.chunks.order_by("first_account"))
    for number in sorted(random.Random(seed).sample(range(len(chunks)), 2)):
        with held_up(database_url, chunks[number]):
            worker = join(started.pk)
            wait_until_stuck(worker)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        assert queries.progress(started.pk).chunks_done == number, f"seed {seed}"
    finish(started)
    assert totals(started) == planned_totals(started) == {"accounts": 60, "lots": 60, "points": SUM}
    assert Entry.objects.filter(kind="expire").count() == MEMBERS
    assert invariants.check() == []


def test_a_worker_passes_by_what_another_holds_and_the_last_one_finishes(started, join, database_url):
    first = started.chunks.order_by("first_account").first()
    with held_up(database_url, first):
        worker = join(started.pk)
        wait_until_stuck(worker)
        cleared = 0
        while points.run_chunk(run_id=started.pk, at=AT):
            cleared += 1
        assert cleared == 11
        assert points.finish_clearing(run_id=started.pk, at=AT) is False
    assert worker.wait(60) == 0
    assert points.run_chunk(run_id=started.pk, at=AT) is None
    finish(started)
    assert totals(started) == planned_totals(started)
    assert Entry.objects.filter(kind="expire").count() == MEMBERS
    assert invariants.check() == []


def test_two_processes_of_the_command_share_one_run(store, database_url, repository):
    crowd(store, MEMBERS)
    command = [
        sys.executable,
        "manage.py",
        "clear_points",
        "--as-of",
        "2019-01-01",
        "--workers",
        "2",
        "--json",
    ]
    environment = {**os.environ, "DATABASE_URL": database_url}
    told = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=True
    )
    assert f'"points": {SUM}' in told.stdout
    assert Entry.objects.filter(kind="expire").count() == MEMBERS
