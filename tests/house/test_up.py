"""`manage.py up`: one command runs the whole shop, keeps it running and stops all of it."""

import http.client
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.house.servers import Processes, is_served, lives, postmaster, wait_until

pytestmark = [pytest.mark.kill, pytest.mark.xdist_group("up")]
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
    """The shop, open."""
    shop = run.begin(var, ["manage.py", "up", "--port", str(port)])
    for line in shop.stderr:
        if "Laurel is open at" in line:
            return shop
    raise AssertionError(f"it ended with status {shop.wait()}")


def kill_all(var: Path) -> dict[str, int]:
    """Kill every child and the database outright; return their numbers."""
    killed = {**pids(var), "database": postmaster(var)}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    return killed


def test_it_keeps_everything_running_and_stops_all_of_it(shared_var: Path, run: Processes) -> None:
    port = free_port()
    shop = up(run, shared_var, port)
    assert answers(port)
    assert tuple(sorted(pids(shared_var))) == CHILDREN
    killed = kill_all(shared_var)
    wait_until(lambda: all(pids(shared_var)[name] != killed[name] for name in CHILDREN))
    wait_until(lambda: is_served(shared_var) and answers(port))
    assert postmaster(shared_var) != killed["database"]
    second = run.manage(shared_var, "up", "--port", str(free_port()))
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr.startswith("manage.py: Laurel runs already from")
    numbers = pids(shared_var)
    shop.send_signal(signal.SIGTERM)
    assert shop.wait(40) == 0
    assert [name for name, pid in numbers.items() if lives(pid)] == []
    assert not is_served(shared_var)
    assert pids(shared_var) == {}


def test_a_killed_supervisor_is_no_obstacle_to_the_next(shared_var: Path, run: Processes) -> None:
    port = free_port()
    killed = up(run, shared_var, port)
    numbers = pids(shared_var)
    killed.kill()
    killed.wait()
    shop = up(run, shared_var, port)
    assert answers(port)
    assert [name for name, pid in numbers.items() if lives(pid)] == []
    assert tuple(sorted(pids(shared_var))) == CHILDREN
    shop.send_signal(signal.SIGINT)
    assert shop.wait(40) == 0
    assert not is_served(shared_var)


def test_a_port_in_use_is_one_line_and_status_2(shared_var: Path, run: Processes) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run.manage(shared_var, "up", "--port", str(port))
    assert (told.returncode, told.stdout) == (2, "")
    expected = f"manage.py: Port {port} is in use: stop what uses it, or choose another with --port.\n"
    assert told.stderr == expected
