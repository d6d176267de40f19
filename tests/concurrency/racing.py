"""Two acts at once on real connections with real commits, and SQL functions with their locks taken away.

Each race has a *twin*: the same race with the lock patched out of the function in the test database. The
twin must come out wrong; if it doesn't, the race proves nothing about the lock.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

LINGER = 0.3  # seconds a first act stays uncommitted while the second runs into it
Act = Callable[[], Any]


def overlap(first: Act, second: Act) -> list[Any]:
    """Begin ``second`` while ``first`` is done but not committed; the answers or errors of both."""
    written = threading.Event()

    def lingering() -> Any:
        with transaction.atomic():
            answer = first()
            written.set()
            time.sleep(LINGER)
        return answer

    def following() -> Any:
        assert written.wait(10), "the first act never finished"
        with transaction.atomic():
            return second()

    return crowd(lingering, following)


def crowd(*acts: Act) -> list[Any]:
    """Run all acts at the same time, each on a connection of its own; the answers or errors of each."""
    start = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(number: int, act: Act) -> None:
        try:
            connection.ensure_connection()
            start.wait(10)
            answers[number] = act()
        except Exception as error:  # noqa: BLE001 - whatever a racer met is its answer
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "a racer is stuck"
    return answers


@contextmanager
def rewritten(function: str, old: str, new: str) -> Iterator[None]:
    """Within the block the SQL function reads ``new`` wherever it read ``old``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [function])
        (original,) = cursor.fetchone()
        assert old in original, f"{function} has no {old!r} to take away"
        cursor.execute(original.replace(old, new))
        try:
            yield
        finally:
            cursor.execute(original)


def unlocked(function: str) -> Any:
    """Within the block the SQL function reads its rows without locking them."""
    return rewritten(function, " FOR UPDATE", "")


@contextmanager
def unguarded(table: str, trigger: str) -> Iterator[None]:
    """Within the block a table's trigger is off."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
