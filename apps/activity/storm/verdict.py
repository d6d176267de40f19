"""The journals held against the ledger: what is missing, what happened twice, what was slow."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from django.db import connection

from apps.activity.storm.acts import CHANNEL
from apps.activity.storm.journal import lines
from apps.core import invariants

WRITES_ENTRIES = {"award", "spend", "batch", "capture", "reverse"}
HAPPENED = {"done", "repeated"}

ENTRIES = """
  SELECT explanation->>'storm', count(*)::int FROM ledger_entry WHERE explanation ? 'storm' GROUP BY 1"""
HOLDS = "SELECT source, count(*)::int FROM ledger_hold GROUP BY 1"
PURCHASES = """
  SELECT a.attributes->>'storm', greatest(count(*), count(e.id))::int
    FROM activity_activity a JOIN members_channel c ON c.id = a.channel_id
    LEFT JOIN ledger_entry e ON e.source = 'activity:' || a.id || ':points' AND e.kind = 'award'
   WHERE c.code = %s GROUP BY 1"""


@dataclass
class Verdict:
    """What came of a storm. ``lost``, ``doubled`` and ``contradicted`` (refused, yet there) name acts."""

    acts: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    unanswered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    worst_ms: float = 0.0

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled or contradicted, no deadlock, every invariant holds."""
        conflicts = self.errors.get("deadlock", 0) + self.errors.get("serialization", 0)
        return not (self.lost or self.doubled or self.contradicted or self.violations or conflicts)

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "clean": self.clean}


def judge(journals: Iterable[Path]) -> Verdict:
    """Read every journal and ask the ledger about each act in it."""
    acts, answers, errors = _read(journals)
    verdict = Verdict(acts=len(acts), unanswered=len(acts) - len(answers))
    verdict.errors = dict(errors)
    verdict.kinds = dict(Counter(act["kind"] for act in acts.values()))
    verdict.outcomes = dict(Counter(answer["outcome"] for answer in answers.values()))
    verdict.refusals = dict(Counter(a["reason"] for a in answers.values() if a["outcome"] == "refused"))
    _compare(verdict, acts, answers)
    _time(verdict, [answer["ms"] for answer in answers.values()])
    verdict.violations = [f"{v.code}: {v.title} {v.rows[:3]}" for v in invariants.check()]
    return verdict


def _read(journals: Iterable[Path]) -> tuple[dict[str, dict], dict[str, dict], Counter[str]]:
    acts, answers, errors = {}, {}, Counter()
    for path in journals:
        for line in lines(path):
            if "act" in line:
                acts[line["act"]["key"]] = line["act"]
            elif "answer" in line:
                answers[line["answer"]] = line
            else:
                errors[line["what"]] += 1
    return acts, answers, errors


def _compare(verdict: Verdict, acts: dict[str, dict], answers: dict[str, dict]) -> None:
    there = {**_counted(ENTRIES), **_counted(HOLDS), **_counted(PURCHASES, CHANNEL)}
    for key, act in acts.items():
        if act["kind"] not in WRITES_ENTRIES | {"hold", "purchase", "purchases"}:
            continue
        whole = len(act["members"]) if act["kind"] in {"batch", "purchases"} else 1
        found, outcome = there.get(key, 0), answers.get(key, {}).get("outcome")
        if found > whole:
            verdict.doubled.append(key)
        elif (outcome in HAPPENED and found < whole) or 0 < found < whole:
            verdict.lost.append(key)
        elif outcome == "refused" and found:
            verdict.contradicted.append(key)


def _counted(sql: str, *params: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return dict(cursor.fetchall())


def _time(verdict: Verdict, took: list[float]) -> None:
    if len(took) > 1:
        cuts = quantiles(took, n=100)
        verdict.p50_ms, verdict.p99_ms, verdict.worst_ms = round(cuts[49], 1), round(cuts[98], 1), max(took)
