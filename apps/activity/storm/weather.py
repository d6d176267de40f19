"""The processes of the storm: started, killed, started again, until the time is over."""

import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from django.db import connection, connections

from apps.activity.storm.worker import PATIENCE, Task, work

FORK = multiprocessing.get_context("fork")


@dataclass
class Kills:
    """What was done to the workers; ``crashed`` ones ended by themselves, which none should."""

    processes: int = 0
    connections: int = 0
    crashed: int = 0


def blow(tasks: list[Task], kill_every: float, dice: random.Random) -> Kills:
    """Run one worker a task until the storm ends; kill one, or cut its connection, every so many seconds."""
    kills, incarnation = Kills(), 0
    workers = [_start(task, 0) for task in tasks]
    try:
        while (left := tasks[0].ends - time.monotonic()) > 0:
            time.sleep(min(kill_every or left, left))
            if not kill_every or time.monotonic() >= tasks[0].ends:
                continue
            incarnation += 1
            place = dice.randrange(len(tasks))
            if incarnation % 3 == 0:
                kills.connections += _cut_a_connection(dice)
            else:
                kills.crashed += not workers[place].is_alive()
                _kill(workers[place])
                kills.processes += 1
                workers[place] = _start(tasks[place], incarnation)
        for worker in workers:
            worker.join(PATIENCE * 2)
            kills.crashed += worker.exitcode != 0
    finally:
        for worker in workers:
            _kill(worker)
    return kills


def _start(task: Task, incarnation: int) -> BaseProcess:
    connections.close_all()  # a child must not share its parent's connection
    worker = FORK.Process(target=_run, args=(task, incarnation), daemon=True)
    worker.start()
    return worker


def _run(task: Task, incarnation: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work(task, incarnation)
    os._exit(0)  # not the one to unwind what its parent holds


def _kill(worker: BaseProcess) -> None:
    if worker.is_alive():
        worker.kill()
    worker.join()


def _cut_a_connection(dice: random.Random) -> int:
    """End one worker's server process, as a restarting server or a broken line would; how many were cut."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid"""
        )
        pids = [pid for (pid,) in cursor.fetchall()]
        if pids:
            cursor.execute("SELECT pg_terminate_backend(%s)", [dice.choice(pids)])
    return int(bool(pids))
