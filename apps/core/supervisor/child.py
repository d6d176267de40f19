"""One process that must always run: started, watched, started again, stopped with all it started.

A child leads a process group of its own, so that a Ctrl-C in the terminal reaches the supervisor alone
and the whole group can be ended together. It leaves a card in the run folder by which the next
supervisor knows it, should this one be killed.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded import processes

STEADY_AFTER = 60  # seconds of life that forgive earlier deaths
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """A command, where it logs and what it inherits."""

    name: str
    command: Sequence[str]
    log: Path
    card: Path
    inherits: Sequence[int] = ()
    serves_others: bool = False  # stops after the rest
    deaths: int = 0
    _process: subprocess.Popen | None = None
    _started: float = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Run the command; whatever an earlier life left of its group is ended first."""
        parent = os.getpid()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.inherits,
                start_new_session=True,
                preexec_fn=lambda: _die_with(parent),
            )
        self._started = time.monotonic()
        self._leave_card()

    def has_died(self) -> bool:
        """Whether it ended since it was last started; its remaining group is ended too."""
        if self._process is None or self._process.poll() is None:
            return False
        signal_group(self._process.pid, signal.SIGKILL)
        return True

    def epitaph(self) -> str:
        status = self._process.returncode if self._process else None
        return f"killed by signal {-status}" if status is not None and status < 0 else f"exit status {status}"

    def wait_before_next(self) -> float:
        """Seconds until it should be started again: longer with each early death."""
        lived = time.monotonic() - self._started
        self.deaths = 0 if lived >= STEADY_AFTER else self.deaths + 1
        return min(FIRST_WAIT * 2 ** max(self.deaths - 1, 0), LONGEST_WAIT)

    def ask_to_stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def has_stopped(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def bury(self) -> None:
        """End what remains of the group and take the card away."""
        if self._process:
            signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.card.unlink(missing_ok=True)

    def last_words(self, lines: int = 5) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _leave_card(self) -> None:
        facts = {"pid": self.pid, "started": processes.started(self.pid or 0), "name": self.name}
        self.card.write_text(json.dumps(facts))


def signal_group(leader: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _die_with(parent: int) -> None:
    """In the new process: be told to stop when the supervisor dies, where the system offers that."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
