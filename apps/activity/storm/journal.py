"""What a worker meant to do and what it was told, on disk before it goes on.

One JSON object a line. ``act`` is written before the database is asked, ``answer`` after, both synced, so
a line survives whatever happens to its process. A line cut short by a kill is left out.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Journal:
    """The append-only file of one worker's place; successors continue it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            os.write(self._file, b"\n")

    def write(self, line: Line) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")
        os.fdatasync(self._file)


def lines(path: Path) -> Iterator[Line]:
    """The whole lines of a journal, in their order."""
    for text in path.read_bytes().splitlines() if path.exists() else ():
        try:
            yield json.loads(text)
        except ValueError:
            continue


def unanswered(path: Path) -> Line | None:
    """The last act of a journal, unless it was answered."""
    last = None
    for line in lines(path):
        if "act" in line:
            last = line
        elif last and line.get("answer") == last["act"]["key"]:
            last = None
    return last
