"""What is known about a running process: enough to tell ours from a stranger with a reused number."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "cmdline").exists()


def command_line(pid: int) -> str:
    """The process's command line, arguments separated by spaces; empty when there is none."""
    if HAS_PROC:
        return _read(PROC / str(pid) / "cmdline").replace("\0", " ").strip()
    return _ps(pid, "command=")


def started(pid: int) -> str:
    """When the process started, in the system's own words: equal only for the same process."""
    if HAS_PROC:
        fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
        return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""
    return _ps(pid, "lstart=")


def holders(path: Path) -> Iterator[int]:
    """Other processes that have this file open, where the system tells (Linux)."""
    for folder in PROC.glob("[0-9]*/fd") if HAS_PROC else ():
        pid = int(folder.parent.name)
        if pid != os.getpid() and _has_open(folder, path):
            yield pid


def _has_open(folder: Path, path: Path) -> bool:
    try:
        return any(os.readlink(link) == str(path) for link in folder.iterdir())
    except OSError:  # gone meanwhile, or another account's
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _ps(pid: int, column: str) -> str:
    told = subprocess.run(["ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip()
