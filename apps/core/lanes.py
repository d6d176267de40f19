"""Work in lanes: what must stay in order goes into one lane, the lanes work side by side.

A lane is one thread with its own connection, so PostgreSQL works on one chunk while Python prepares
another. Inside somebody's transaction there is one lane, and it is the caller's.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from django.db import connection, connections

LANES = 2
WAITING = 2  # chunks a lane may have beside the one at work
Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


class _Here(Executor):
    """Does what is asked at once, in the caller's thread and transaction."""

    def submit(self, fn: Callable, /, *args: object, **kwargs: object) -> Future:
        done: Future = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@contextmanager
def open_lanes() -> Iterator[list[Executor]]:
    """The lanes of one run."""
    if connection.in_atomic_block:
        yield [_Here()]
        return
    with ExitStack() as stack:
        lanes = [stack.enter_context(ThreadPoolExecutor(1)) for _lane in range(LANES)]
        for lane in lanes:
            stack.callback(lane.submit, connections.close_all)
        yield lanes


def work(
    chunks: Iterable[tuple[int, Chunk]], act: Callable[[Chunk], Result], lanes: list[Executor]
) -> Iterator[tuple[Chunk, Result]]:
    """Do ``act`` to each chunk in its lane; (chunk, result) as they are done. Raises what ``act`` raised."""
    pending: deque[tuple[Chunk, Future]] = deque()
    for number, chunk in chunks:
        pending.append((chunk, lanes[number].submit(act, chunk)))
        while len(pending) > WAITING * len(lanes) or (pending and pending[0][1].done()):
            yield _finished(*pending.popleft())
    while pending:
        yield _finished(*pending.popleft())


def _finished(chunk: Chunk, future: Future) -> tuple[Chunk, Result]:
    return chunk, future.result()
