"""The embedded PostgreSQL: made on first use, started, stopped, found again after any kind of death.

The server and all its processes inherit a locked file (`server.lock`). So "something of it still
lives" is a question to the kernel, not to a pid file: a stale `postmaster.pid`, even one whose number
another process has now, can be removed safely once that lock is free.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.console import say
from config.embedded import binaries, folders, locks, places, processes
from config.embedded.places import DATABASE, PORT, Place
from config.refusals import CannotRun

STARTS_WITHIN = 300  # seconds; a crash recovery may take minutes
STOPS_WITHIN = 60
ORPHANS_LEAVE_WITHIN = 10
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": 100,
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "fsync": "on",
    "synchronous_commit": "on",
    "random_page_cost": 1.1,
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


@dataclass(frozen=True)
class Server:
    """The embedded PostgreSQL of one data folder."""

    var: Path
    place: Place
    forced: str = ""  # LAUREL_PGBIN

    @classmethod
    def of(cls, var: Path, forced: str = "") -> "Server":
        return cls(var, places.postgres_place(var), forced)

    @property
    def log(self) -> Path:
        return self.var / "log" / "postgres.log"

    def is_running(self) -> bool:
        """Whether a postmaster serves this folder and has finished starting."""
        pid, status = self._pid_file()
        return status == "ready" and self._is_postmaster(pid)

    def ensure(self) -> None:
        """Make it run, with the database in it. Safe to call from many processes at once."""
        folders.make_place(self.var, self.place)
        with locks.exclusively(self.place.root / "start.lock") as start_lock:
            if not self._will_run():
                self._make_data(start_lock)
                self._start()
            self._make_database()

    def revive(self) -> None:
        """Start it again if it died; for whoever keeps an eye on it."""
        if not self.is_running():
            say("PostgreSQL died; starting it again.")
            self.ensure()

    def stop(self) -> None:
        """Stop it, waiting until its last process is gone."""
        with locks.exclusively(self.place.root / "start.lock"):
            pid, _ = self._pid_file()
            if self._is_postmaster(pid):
                os.kill(pid, signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
                if not self._gone_within(pid, STOPS_WITHIN):
                    os.kill(pid, signal.SIGQUIT)
                    self._gone_within(pid, STOPS_WITHIN)

    def _will_run(self) -> bool:
        """Wait out a server that is still starting or stopping, because whoever did it was killed."""
        deadline = time.monotonic() + STARTS_WITHIN
        while self._is_postmaster(self._pid_file()[0]) and time.monotonic() < deadline:
            if self.is_running():
                return True
            time.sleep(0.05)
        return False

    def _gone_within(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._is_postmaster(pid) or locks.is_held(self.place.root / "server.lock"):
            if time.monotonic() > deadline:
                return False
            _reap(pid)
            time.sleep(0.02)
        return True

    def _pid_file(self) -> tuple[int, str]:
        try:
            lines = (self.place.data / "postmaster.pid").read_text().split("\n")
            return int(lines[0]), lines[7].strip() if len(lines) > 7 else ""
        except (OSError, ValueError):
            return 0, ""

    def _is_postmaster(self, pid: int) -> bool:
        words = processes.command_line(pid) if pid else ""
        return "postgres" in words and f"-D {self.place.data} " in words

    def _make_data(self, start_lock: int) -> None:
        """Create the cluster beside its place and move it there: half a cluster is never taken for one."""
        if self.place.data.exists():
            return
        chosen = binaries.choose(self.forced, self.place)
        say(f"Creating the embedded database (PostgreSQL {chosen.release}) in {self.place.root} …")
        draft = self.place.root / "data.new"
        self._run("rm", "-rf", str(draft), keep=start_lock)
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        made = self._run(
            str(chosen.folder / "initdb"), "-D", str(draft), "-U", "postgres", "-A", "trust",
            "-E", "UTF8", f"--locale={locale}", "--data-checksums", keep=start_lock,
        )  # fmt: skip
        if made.returncode:
            raise CannotRun(f"PostgreSQL could not create {self.place.data}: {_last_line(made.stdout)}")
        draft.rename(self.place.data)

    def _start(self) -> None:
        chosen = binaries.choose(self.forced, self.place)
        lock = locks.open_lock(self.place.root / "server.lock")
        try:
            self._outlast_orphans(lock)
            for stale in (self.place.data / "postmaster.pid", self.place.sockets / f".s.PGSQL.{PORT}.lock"):
                stale.unlink(missing_ok=True)
            self._launch(chosen, lock)
        finally:
            os.close(lock)

    def _outlast_orphans(self, lock: int) -> None:
        """A killed server's sessions end by themselves, unless one is deep in a query: end that one."""
        if locks.exclusive_within(lock, ORPHANS_LEAVE_WITHIN):
            return
        for pid in processes.holders(self.place.root / "server.lock"):
            if "postgres" in processes.command_line(pid):
                os.kill(pid, signal.SIGQUIT)
        if not locks.exclusive_within(lock, ORPHANS_LEAVE_WITHIN):
            raise CannotRun(f"{self.place.data} is still used by processes of an earlier server: end them.")

    def _launch(self, chosen: binaries.Binaries, lock: int) -> None:
        folders.make_var(self.log.parent)
        options = {**SETTINGS, "unix_socket_directories": self.place.sockets}
        command = [str(chosen.folder / "postgres"), "-D", str(self.place.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            begins = log.tell()
            server = subprocess.Popen(
                command, stdout=log, stderr=log, pass_fds=[lock], start_new_session=True, **self._as_account()
            )
        self._await_ready(server, begins)

    def _await_ready(self, server: subprocess.Popen, begins: int) -> None:
        patience = time.monotonic() + 5
        deadline = time.monotonic() + STARTS_WITHIN
        while self._pid_file() != (server.pid, "ready"):
            if server.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_bytes()[begins:].decode(errors="replace")
                raise CannotRun(f"PostgreSQL did not start: {_last_line(said)} (more in {self.log})")
            if patience and time.monotonic() > patience:
                say("PostgreSQL is recovering from an unclean stop …")
                patience = 0
            time.sleep(0.02)

    def _make_database(self) -> None:
        where = {"host": str(self.place.sockets), "port": PORT, "user": "postgres"}
        with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _run(self, *command: str, keep: int) -> subprocess.CompletedProcess:
        return subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            pass_fds=[keep], start_new_session=True, **self._as_account(),
        )  # fmt: skip

    def _as_account(self) -> dict:
        """How a child becomes the server's account, in a plain environment and a folder it may enter."""
        account = self.place.account
        identity = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        return {
            **identity,
            "env": environment,
            "cwd": self.place.root,
            "stdin": subprocess.DEVNULL,
            "umask": 0o077,
        }


def _reap(pid: int) -> None:
    """Collect the server if this process started it: a zombie would look alive."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _last_line(output: str) -> str:
    """The line that says most: the last FATAL or error, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["no message"])[-1]
