"""Client processes in turns: ours, limit, ours, limit … and the median of each."""

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from django.db import connections

from apps.core.bench.pairs import Figure, Maker, Pair

WARM_UP = 20  # operations before the clock starts: connections, plans, caches


def measure(pair: Pair, *, clients: int, seconds: float, rounds: int, members: int) -> Figure:
    """Both sides of a pair, in turns."""
    ours, limit = [], []
    for _ in range(rounds):
        ours.append(rate(pair.ours, clients=clients, seconds=seconds, members=members))
        limit.append(rate(pair.limit, clients=clients, seconds=seconds, members=members))
    medians = (statistics.median(side) * pair.per_call for side in (ours, limit))
    return Figure(pair.name, *medians, goal=pair.goal)


def rate(maker: Maker, *, clients: int, seconds: float, members: int) -> float:
    """Operations per second of all clients together."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(clients)
    pipes, processes = [], []
    for number in range(clients):
        receive, send = context.Pipe(duplex=False)
        arguments = (maker, number, members, seconds, barrier, send)
        process = context.Process(target=_client, args=arguments)
        process.start()
        send.close()
        pipes.append(receive)
        processes.append(process)
    done = sum(_results(pipes))
    for process in processes:
        process.join()
    return done


def _results(pipes: list[Connection]) -> Iterator[float]:
    for pipe in pipes:
        try:
            yield pipe.recv()
        except EOFError:
            raise RuntimeError("a bench client failed; its traceback is above") from None


def _client(maker: Maker, number: int, members: int, seconds: float, barrier, send: Connection) -> None:
    operation = maker(number, members)
    for _ in range(WARM_UP):
        operation()
    barrier.wait(60)
    began = time.perf_counter()
    end = began + seconds
    count = 0
    while time.perf_counter() < end:
        operation()
        count += 1
    send.send(count / (time.perf_counter() - began))
    send.close()
    connections.close_all()
