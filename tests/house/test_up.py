"""`manage.py up`: one command runs the whole shop, keeps it running and stops all of it."""

import http.client
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.house.servers import Processes, connect, is_served, lives, postmaster, wait_until

pytestmark = pytest.mark.kill
CHILDREN = ("beat", "broker", "web", "worker")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def pids(var: Path) -> dict[str, int]:
    return {card.stem: json.loads(card.read_text())["pid"] for card in (var / "run").glob("*.json")}


def up(run: Processes, var: Path, port: int) -> subprocess.Popen:
    """The shop, open and answering."""
    shop = run.begin(var, ["manage.py", "up", "--port", str(port)])
    for line in shop.stderr:
        if "Laurel is open at" in line:
            assert answers(port)
            return shop
    raise AssertionError(f"it ended with status {shop.wait()}")


def kill_all(var: Path) -> dict[str, int]:
    """Kill every child and the database outright; return their numbers."""
    killed = {**pids(var), "database": postmaster(var)}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    return killed


def see_it_mend_what_dies(var: Path, port: int) -> None:
    killed = kill_all(var)
    wait_until(lambda: all(pids(var)[name] != killed[name] for name in CHILDREN))
    wait_until(lambda: is_served(var) and answers(port))
    assert postmaster(var) != killed["database"]


def see_the_bells_ring(var: Path) -> None:
    """Beat rings, the broker carries, the worker hands out: an event waiting in the outbox is delivered."""
    with connect(var) as database:
        event = """INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
                   VALUES ('house.tested', '{}', now(), 0, '') RETURNING id"""
        (number,) = database.execute(event).fetchone()
        delivered = "SELECT done_at IS NOT NULL FROM core_outboxevent WHERE id = %s"
        wait_until(lambda: database.execute(delivered, [number]).fetchone() == (True,))


def see_a_second_one_refused(run: Processes, var: Path) -> None:
    told = run.manage(var, "up", "--port", str(free_port()))
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("manage.py: Laurel runs already from")
    assert len(told.stderr.splitlines()) == 1


def test_it_mends_what_dies_outlives_its_own_death_and_stops_all_of_it(var: Path, run: Processes) -> None:
    port = free_port()
    first = up(run, var, port)
    assert tuple(sorted(pids(var))) == CHILDREN
    see_it_mend_what_dies(var, port)
    see_the_bells_ring(var)
    left = pids(var)
    first.kill()
    first.wait()
    second = up(run, var, port)
    assert [name for name, pid in left.items() if lives(pid)] == []
    assert tuple(sorted(pids(var))) == CHILDREN
    see_a_second_one_refused(run, var)
    running = pids(var)
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    assert [name for name, pid in running.items() if lives(pid)] == []
    assert not is_served(var)
    assert pids(var) == {}


def test_a_port_in_use_is_one_line_and_status_2(var: Path, run: Processes) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run.manage(var, "up", "--port", str(port))
    assert (told.returncode, told.stdout) == (2, "")
    expected = f"manage.py: Port {port} is in use: stop what uses it, or choose another with --port.\n"
    assert told.stderr == expected
