"""Advisory locks on files (flock): the kernel drops them when their last holder is gone, however it went."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """A descriptor to lock; children don't inherit it unless told."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor to lock for a block; closing it gives the lock back."""
    descriptor = open_lock(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def try_exclusive(descriptor: int) -> bool:
    """Take the lock for oneself if nobody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def exclusive_within(descriptor: int, seconds: float) -> bool:
    """Take the lock for oneself, waiting at most so long."""
    deadline = time.monotonic() + seconds
    while not try_exclusive(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def exclusively(path: Path) -> Iterator[int]:
    """Hold the lock of this file for a block, waiting for it as long as it takes."""
    with opened(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor


def is_held(path: Path) -> bool:
    """Whether somebody else holds this lock now."""
    if not path.exists():
        return False
    with opened(path) as descriptor:
        return not try_exclusive(descriptor)
