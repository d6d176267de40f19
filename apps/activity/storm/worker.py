"""One process of the storm: choose, journal, do, journal; ask again when the connection was cut."""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from apps.activity.errors import ActivityError
from apps.activity.storm.acts import DO, Act, Chooser
from apps.activity.storm.journal import Journal, unanswered
from apps.ledger.errors import AlreadyPosted, LedgerError

CONFLICTS = {"40P01": "deadlock", "40001": "serialization"}
DAYS_PER_SECOND = 1  # the storm's calendar runs fast, so that lots expire and holds fall due

PATIENCE = 20  # seconds after the end of the storm in which an open outcome is still asked for


@dataclass(frozen=True)
class Task:
    """What a worker needs to know. ``began`` and ``ends`` are monotonic seconds."""

    seed: str
    place: int
    folder: Path
    members: Sequence[int]
    weights: dict[str, int]
    opening: datetime
    began: float
    ends: float

    @property
    def journal(self) -> Path:
        return self.folder / f"{self.place}.jsonl"

    def now(self) -> datetime:
        return self.opening + timedelta(days=(time.monotonic() - self.began) * DAYS_PER_SECOND)


def work(task: Task, incarnation: int) -> None:
    """Do acts until the storm ends; begin with the one a killed predecessor left unanswered."""
    keeper, left = os.getppid(), unanswered(task.journal)
    journal = Journal(task.journal)
    if left:
        _do(Act(**left["act"]), journal, task.ends)
    chooser = Chooser(f"{task.seed}-{task.place}-{incarnation}", task.members, task.weights)
    while time.monotonic() < task.ends and os.getppid() == keeper:
        try:
            act = chooser.next(task.now())
        except (OperationalError, InterfaceError):  # the connection was cut while looking around
            connection.close()
            continue
        journal.write({"act": asdict(act)})
        answer = _do(act, journal, task.ends)
        if act.kind == "hold" and answer:
            chooser.open_hold = answer


def _do(act: Act, journal: Journal, ends: float) -> int | None:
    """Do the act until it is answered. A cut connection leaves the outcome open: the same key asks again."""
    began = time.perf_counter()
    while True:
        try:
            done = DO[act.kind](act)
        except AlreadyPosted:  # an earlier try had come through
            return _answer(journal, act, "repeated", began)
        except (LedgerError, ActivityError) as refusal:
            return _answer(journal, act, "refused", began, reason=type(refusal).__name__)
        except (OperationalError, InterfaceError) as error:
            journal.write({"error": act.key, "what": _named(error)})
            connection.close()
            if time.monotonic() > ends + PATIENCE:
                return None
        else:
            _answer(journal, act, "done", began, id=done)
            return done


def _answer(journal: Journal, act: Act, outcome: str, began: float, **more: object) -> None:
    took = round((time.perf_counter() - began) * 1000, 3)
    journal.write({"answer": act.key, "outcome": outcome, "ms": took, **more})


def _named(error: Exception) -> str:
    state = getattr(error.__cause__, "sqlstate", None)
    return CONFLICTS.get(state, f"connection {state or 'lost'}")
