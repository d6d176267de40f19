"""Which children a shop on one machine has, and how each is told to run on two cores."""

import http.client
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from apps.core.supervisor import traffic
from apps.core.supervisor.child import Child
from config import env
from config.embedded import folders, valkey

LARGEST_LOG = 10_000_000  # bytes; a larger one is set aside at the next start


@dataclass(frozen=True)
class Household:
    """The children, and the folders they write to."""

    var: Path

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def cards(self) -> Path:
        return self.var / "run"

    def make_folders(self) -> None:
        """Raises CannotRun where they can't be written."""
        folders.make_var(self.var)
        for folder in (self.logs, self.cards):
            folders.make_var(folder)
            folders.must_be_writable(folder)

    def broker(self) -> Child | None:
        """The embedded broker, unless one is configured."""
        if env.BROKER_URL:
            return None
        child = self._child("broker", *valkey.command(self.var))
        child.serves_others = True
        return child

    def web(self, listener: socket.socket) -> Child:
        options = [
            "--workers",
            "2",
            "--threads",
            "4",
            "--worker-class",
            "gthread",
            "--graceful-timeout",
            "10",
        ]
        options += ["--access-logfile", str(self.access_log), "--access-logformat", traffic.FORMAT]
        options += ["--bind", f"fd://{listener.fileno()}", "--no-control-socket", "--preload"]
        child = self._python("web", "gunicorn", "config.wsgi:application", *options)
        child.inherits = (listener.fileno(),)
        return child

    def worker(self) -> Child:
        options = ["--concurrency", "2", "--without-gossip", "--without-mingle"]
        return self._python("worker", "celery", "-A", "config", "worker", "--loglevel", "INFO", *options)

    def beat(self) -> Child:
        return self._python("beat", "celery", "-A", "config", "beat", "--loglevel", "INFO", "--pidfile", "")

    @property
    def access_log(self) -> Path:
        return self.logs / "access.log"

    def _python(self, name: str, module: str, *arguments: str) -> Child:
        return self._child(name, sys.executable, "-m", module, *arguments)

    def _child(self, name: str, *command: str) -> Child:
        log = self.logs / f"{name}.log"
        for file in (log, self.access_log):
            if file.exists() and file.stat().st_size > LARGEST_LOG:
                file.replace(file.with_suffix(".1.log"))
        return Child(name, command, log, self.cards / f"{name}.json")


def web_answers(host: str, port: int) -> bool:
    """Whether the web server answers; a redirect or a refused host name is an answer, too."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(reachable, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Accept": "text/plain"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
