"""A whole storm: the scratch database, the members, the processes, the verdict."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

from apps.activity.storm.acts import CHANNEL, HOT_WEIGHTS, WEIGHTS
from apps.activity.storm.verdict import Verdict, judge
from apps.activity.storm.weather import Kills, blow
from apps.activity.storm.worker import Task
from apps.core.bench import scratch

HOT_WRITERS = 16
MEMBERS = """
  INSERT INTO members_member (number, status, name, gender, phone_last4, joined_at, created_at, attributes)
  SELECT 'S' || n, 'active', '', '', '', now(), now(), '{}' FROM generate_series(1, %s) n"""


@dataclass(frozen=True)
class Plan:
    """How strong the storm is. ``kill_every`` seconds one worker or connection dies; 0: none does."""

    seconds: float
    processes: int
    members: int
    kill_every: float
    seed: int
    hot: bool = False


@dataclass(frozen=True)
class Report:
    """What was planned, what it met."""

    plan: Plan
    kills: Kills
    verdict: Verdict
    seconds: float

    @property
    def clean(self) -> bool:
        return self.verdict.clean and not self.kills.crashed

    @property
    def per_second(self) -> float:
        return round(self.verdict.acts / self.seconds, 1)


@contextmanager
def place(members: int) -> Iterator[Sequence[int]]:
    """Within the block the default connection leads to a scratch database with so many members."""
    with scratch.database(f"{connection.settings_dict['NAME']}_storm"), connection.cursor() as cursor:
        cursor.execute(MEMBERS, [members])
        cursor.execute("INSERT INTO members_channel (code, name) VALUES (%s, %s)", [CHANNEL, CHANNEL])
        cursor.execute("SELECT id FROM members_member ORDER BY id")
        yield [pk for (pk,) in cursor.fetchall()]


def storm(plan: Plan) -> Report:
    """Processes hammer the members while they are killed; nothing may be lost or happen twice."""
    with place(plan.members) as members, tempfile.TemporaryDirectory(prefix="laurel-storm-") as folder:
        began = time.monotonic()
        weights = HOT_WEIGHTS if plan.hot else WEIGHTS
        opening = datetime.now(UTC) + timedelta(days=1)  # the fast calendar runs ahead of the real one
        tasks = [
            Task(f"s{plan.seed}", n, Path(folder), members, weights, opening, began, began + plan.seconds)
            for n in range(plan.processes)
        ]
        kills = blow(tasks, plan.kill_every, random.Random(plan.seed))
        verdict = judge([task.journal for task in tasks])
        return Report(plan, kills, verdict, plan.seconds)
