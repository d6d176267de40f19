"""A share in the embedded PostgreSQL: whoever needs it holds one, the last to let go stops the server.

A share is a shared lock on `users.lock`. A process killed outright loses its share and leaves the
server running; the next command finds it there, uses it, and stops it when it was the last.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import folders, locks
from config.embedded.postgres import Server


@contextmanager
def postgres(var: Path, forced: str = "") -> Iterator[Server]:
    """The running server of this data folder, for as long as the block lasts."""
    server = Server.of(var, forced)
    folders.make_place(var, server.place)
    owner, share = os.getpid(), locks.open_lock(server.place.root / "users.lock")
    fcntl.flock(share, fcntl.LOCK_SH)  # waits while the last one out is stopping the server
    try:
        server.ensure()
        yield server
    finally:
        if os.getpid() == owner:  # a forked child that unwinds is not the one to decide
            if locks.try_exclusive(share):
                server.stop()
            os.close(share)
