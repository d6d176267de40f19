"""What the web server did lately, in one line: its access log read on from where it was left."""

from dataclasses import dataclass
from pathlib import Path

FORMAT = "%(t)s %(h)s %(m)s %(U)s %(s)s %(D)s"  # the path without its query: that may hold a phone number


@dataclass
class Traffic:
    """A reader of one access log in FORMAT."""

    log: Path
    _read_to: int = 0

    def __post_init__(self) -> None:
        self._read_to = self.log.stat().st_size if self.log.exists() else 0

    def summary(self) -> str:
        """Requests since the last call, their errors and the slowest one; empty when there were none."""
        answers = [line.rsplit(" ", 2)[1:] for line in self._new_lines() if "/healthz" not in line]
        timed = [(int(status), int(micros)) for status, micros in answers if (status + micros).isascii()]
        if not timed:
            return ""
        errors = sum(status >= 500 for status, _ in timed)
        slowest = max(micros for _, micros in timed) // 1000
        return f"{len(timed)} requests, {errors} errors, slowest {slowest} ms"

    def _new_lines(self) -> list[str]:
        if not self.log.exists():
            return []
        with self.log.open("rb") as log:
            log.seek(self._read_to)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read_to += len(whole)
        return whole.decode(errors="replace").splitlines()
