"""The web address: bound by the supervisor, so that it stays ours while the web server restarts."""

import errno
import socket
import time

from config.refusals import CannotRun

PATIENCE = 3.0  # seconds for a killed web server to let go


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises CannotRun when the address is taken, not allowed or not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, OverflowError) as error:
        raise CannotRun(f"{host}:{port} is no address of this machine: {error}.") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            listener.bind(address)
            listener.listen(512)
            return listener
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                listener.close()
                raise _refusal(host, port, error) from error
            time.sleep(0.1)


def _refusal(host: str, port: int, error: OSError) -> CannotRun:
    if error.errno == errno.EADDRINUSE:
        return CannotRun(f"Port {port} is in use: stop what uses it, or choose another with --port.")
    if error.errno == errno.EACCES:
        return CannotRun(f"Port {port} needs more rights: choose one above 1023 with --port.")
    return CannotRun(f"Can't listen on {host}:{port}: {error.strerror}.")
