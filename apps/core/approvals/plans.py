"""What a plan says, when it needs a second person, and how two plans differ. Pure.

A *plan* is the dry run of an act: its *measure* (how many, how many points, how much money), facts to show,
and examples. A *bar* is the threshold of an act: above it somebody else must approve.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ALWAYS, ABOVE, NEVER = "always", "above", "never"
Value = int | str


@dataclass(frozen=True)
class Measure:
    """The size of an act: rows or people touched, points moved (without sign), money in fen."""

    count: int = 0
    points: int = 0
    money_fen: int = 0


@dataclass(frozen=True)
class Bar:
    """When an act needs a second person. ``above``: when it is larger than any number given."""

    mode: str = ALWAYS
    count: int | None = None
    points: int | None = None
    money_fen: int | None = None

    def is_passed_by(self, measure: Measure) -> bool:
        """Whether an act of this size must be approved."""
        if self.mode != ABOVE:
            return self.mode == ALWAYS
        limits = asdict(self)
        return any(limits[name] is not None and size > limits[name] for name, size in asdict(measure).items())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Plan:
    """What an act would do. ``examples`` are rows under ``columns``; names are labelled by the act. ``notes``
    are shown as they were when asked and may change without making it another plan."""

    measure: Measure
    facts: Mapping[str, Value] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    examples: tuple[tuple[Value, ...], ...] = ()
    notes: Mapping[str, Value] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "measure": asdict(self.measure),
            "facts": dict(self.facts),
            "columns": list(self.columns),
            "examples": [list(row) for row in self.examples],
            "notes": dict(self.notes),
        }


@dataclass(frozen=True)
class Difference:
    """One thing that is no longer as it was approved."""

    what: str
    was: Value | None
    now: Value | None


def fingerprint(data: Mapping[str, Any]) -> str:
    """SHA-256 of the data as canonical JSON: the same data, the same text."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def plan_fingerprint(plan: Mapping[str, Any]) -> str:
    """The fingerprint of a plan in JSON, its notes left out."""
    return fingerprint({name: part for name, part in plan.items() if name != "notes"})


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """What changed between two plans in JSON: measure and facts by name, the examples as a whole."""
    found = []
    for part in ("measure", "facts"):
        names = [*was[part], *(name for name in now[part] if name not in was[part])]
        found += [
            Difference(name, was[part].get(name), now[part].get(name))
            for name in names
            if was[part].get(name) != now[part].get(name)
        ]
    if was["examples"] != now["examples"]:
        found.append(Difference("examples", _rows(was), _rows(now)))
    return list({each.what: each for each in found}.values())


def _rows(plan: Mapping[str, Any]) -> str:
    return "; ".join(" · ".join(str(cell) for cell in row) for row in plan["examples"])
