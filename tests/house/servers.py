"""Starting, finding and ending real servers and commands, on data folders of their own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psycopg

from config import env
from config.embedded import lease, places
from config.embedded.postgres import Server

HOLD_A_SHARE = """
import sys; from pathlib import Path
from config import env
from config.embedded import lease
with lease.postgres(Path(sys.argv[1]), env.LAUREL_PGBIN):
    print("ready", flush=True); sys.stdin.readline()
"""


def wait_until(holds: Callable[[], bool], within: float = 60) -> None:
    """Wait for something to become true; say so when it doesn't."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"not true within {within} s"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether the process runs (a zombie doesn't)."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(told.stdout.strip()) and not told.stdout.strip().startswith("Z")


def postmaster(var: Path) -> int:
    """The process number of the embedded PostgreSQL."""
    return int((places.postgres_place(var).data / "postmaster.pid").read_text().split()[0])


def served(var: Path) -> AbstractContextManager[Server]:
    """A share in the server of this data folder, of the PostgreSQL this run is about."""
    return lease.postgres(var, env.LAUREL_PGBIN)


def connect(var: Path) -> psycopg.Connection:
    """To the embedded database of this data folder."""
    where = places.postgres_place(var)
    return psycopg.connect(
        host=str(where.sockets), port=places.PORT, user="postgres", dbname="laurel", autocommit=True
    )


def is_served(var: Path) -> bool:
    return Server.of(var).is_running()


@contextmanager
def data_folder() -> Iterator[Path]:
    """A data folder to be, in a folder any account may pass; what still runs from it is ended."""
    top = Path(tempfile.mkdtemp(prefix="laurel-test-", dir="/tmp"))
    top.chmod(0o755)
    try:
        yield top / "var"
    finally:
        place = places.postgres_place(top / "var")
        if place.data.exists():
            Server.of(top / "var").stop()
        for folder in (top, place.root, place.sockets):
            shutil.rmtree(folder, ignore_errors=True)


class Processes:
    """Starts the project's commands on one data folder and ends what a test leaves running."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen] = []

    def environment(self, var: Path, **extra: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return {**kept, "DATABASE_URL": "", "BROKER_URL": "", "LAUREL_VAR": str(var), **extra}

    def manage(self, var: Path, *words: str, **extra: str) -> subprocess.CompletedProcess:
        process = self.begin(var, ["manage.py", *words], **extra)
        stdout, stderr = process.communicate(timeout=90)
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def begin(self, var: Path, words: Sequence[str], **extra: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=env.BASE_DIR,
            env=self.environment(var, **extra),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def share_in(self, var: Path) -> subprocess.Popen:
        """A process that holds a share in the server until its stdin says otherwise."""
        process = self.begin(var, ["-c", HOLD_A_SHARE, str(var)])
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        return process

    def end_all(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=30)
