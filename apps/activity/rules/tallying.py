"""Adding a replay up: points by rule and month, members who gain or lose, the examples that tell most.

A *tally* is of any set of members. Tallies of disjoint sets are merged in any order with the same result, and
are kept as JSON between.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.activity.rules.replaying import Replayed

EXAMPLES = 10
KINDS = ("gain", "loss", "same")
AWARDED, REPLAYED = 0, 1


@dataclass
class Tally:
    """``cells`` are (rule id, month) -> points awarded and replayed; ``members`` counts by what changes."""

    activities: int = 0
    paid_fen: int = 0
    largest_fen: int = 0
    awarded: Counter[tuple[int, str]] = field(default_factory=Counter)
    replayed: Counter[tuple[int, str]] = field(default_factory=Counter)
    members: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @property
    def points_awarded(self) -> int:
        return sum(self.awarded.values())

    @property
    def points_replayed(self) -> int:
        return sum(self.replayed.values())

    def add_member(self, deeds: Iterable[Replayed]) -> None:
        """Add all that one member did in the window."""
        awarded = replayed = 0
        best: dict[str, Replayed] = {}
        for done in deeds:
            self._add(done)
            awarded += done.deed.awarded
            replayed += done.decision.points
            kind = _kind(done.gain)
            if kind not in best or _rank(done) < _rank(best[kind]):
                best[kind] = done
        if not best:
            return
        self._add_standing(awarded, replayed)
        kind = next(kind for kind in KINDS if kind in best)
        if "loss" in best and kind == "gain" and -best["loss"].gain > best["gain"].gain:
            kind = "loss"
        self._keep(kind, best[kind])

    def merge(self, other: "Tally") -> None:
        """Add the tally of other members."""
        self.activities += other.activities
        self.paid_fen += other.paid_fen
        self.largest_fen = max(self.largest_fen, other.largest_fen)
        self.awarded.update(other.awarded)
        self.replayed.update(other.replayed)
        self.members.update(other.members)
        for kind in KINDS:
            both = self.examples[kind] + other.examples[kind]
            self.examples[kind] = sorted(both, key=_order)[:EXAMPLES]

    def told_examples(self) -> list[dict[str, Any]]:
        """Ten: as many that gain as that lose where there are, filled up with what stays the same."""
        gains, losses, same = (self.examples[kind] for kind in KINDS)
        of_gains = max(EXAMPLES // 2, EXAMPLES - len(losses))
        chosen = gains[:of_gains]
        chosen += losses[: EXAMPLES - len(chosen)]
        return chosen + same[: EXAMPLES - len(chosen)]

    def to_json(self) -> dict[str, Any]:
        keys = sorted(self.awarded.keys() | self.replayed.keys())
        return {
            "activities": self.activities,
            "paid_fen": self.paid_fen,
            "largest_fen": self.largest_fen,
            "cells": [[*key, self.awarded[key], self.replayed[key]] for key in keys],
            "members": dict(sorted(self.members.items())),
            "examples": self.examples,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Tally":
        cells = [((rule_id, month), was, now) for rule_id, month, was, now in told["cells"]]
        return cls(
            told["activities"],
            told["paid_fen"],
            told["largest_fen"],
            Counter({key: was for key, was, _now in cells}),
            Counter({key: now for key, _was, now in cells}),
            Counter(told["members"]),
            {kind: list(told["examples"][kind]) for kind in KINDS},
        )

    def _add(self, done: Replayed) -> None:
        basket = done.deed.basket
        month = f"{basket.occurred_at:%Y-%m}"
        self.activities += 1
        self.paid_fen += basket.amount_fen
        self.largest_fen = max(self.largest_fen, basket.amount_fen)
        for part in done.deed.told.get("parts", ()):
            self.awarded[part["rule_id"], month] += part["points"]
        for part in done.decision.parts:
            self.replayed[part.rule.rule_id, month] += part.points

    def _add_standing(self, awarded: int, replayed: int) -> None:
        kind = _kind(replayed - awarded)
        self.members[kind] += 1
        self.members[f"{kind}_points"] += replayed - awarded
        if not awarded and replayed:
            self.members["new_earners"] += 1
        if awarded and not replayed:
            self.members["no_earners"] += 1

    def _keep(self, kind: str, done: Replayed) -> None:
        """Keep the example if it is among the strongest; only then is its explanation put together."""
        kept = self.examples[kind]
        key = _rank(done)
        if len(kept) == EXAMPLES and _order(kept[-1]) < key:
            return
        kept.append(_example(done))
        kept.sort(key=_order)
        del kept[EXAMPLES:]


def _kind(gain: int) -> str:
    if gain > 0:
        return "gain"
    return "loss" if gain < 0 else "same"


def _rank(done: Replayed) -> tuple[int, int, int]:
    return -abs(done.gain), -done.decision.points, done.deed.activity_id


def _order(example: Mapping[str, Any]) -> tuple[int, int, int]:
    return -abs(example["replayed"] - example["awarded"]), -example["replayed"], example["activity"]


def _example(done: Replayed) -> dict[str, Any]:
    deed = done.deed
    return {
        "activity": deed.activity_id,
        "member": deed.member_id,
        "at": deed.basket.occurred_at.isoformat(),
        "amount_fen": deed.basket.amount_fen,
        "awarded": deed.awarded,
        "replayed": done.decision.points,
        "was": dict(deed.told),
        "now": done.explained(),
    }
