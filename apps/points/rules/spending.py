"""Points for money at the till: how much they take off a bill and how many may be used."""

from dataclasses import dataclass
from typing import ClassVar

from apps.points.rules.spec import Problems

WHOLE = 10_000  # basis points of a whole bill


@dataclass(frozen=True, slots=True)
class SpendingSpec:
    """``points`` points take ``fen`` off; used from ``min_points``, in steps, up to a share of a bill."""

    kind: ClassVar[str] = "spending"

    points: int = 100
    fen: int = 100
    min_points: int = 1
    step_points: int = 1
    max_share_bp: int = WHOLE

    def problems(self) -> Problems:
        found = [(name, "positive") for name in ("points", "fen", "step_points") if getattr(self, name) < 1]
        if self.min_points < 0:
            found.append(("min_points", "not_negative"))
        if not 1 <= self.max_share_bp <= WHOLE:
            found.append(("max_share_bp", "out_of_range"))
        if not found and self.step_points * self.fen % self.points:
            found.append(("step_points", "no_whole_fen"))
        return found


@dataclass(frozen=True, slots=True)
class SpendingQuote:
    """What using ``points`` would do. ``refusal`` names why not ("" when it may be done)."""

    points: int
    discount_fen: int
    max_points: int
    refusal: str = ""


def discount_for(spec: SpendingSpec, points: int) -> int:
    """What so many points take off, in whole fen (rounded down)."""
    return points * spec.fen // spec.points


def max_points(spec: SpendingSpec, bill_fen: int, spendable: int) -> int:
    """The most points that may be used on a bill by someone who can spend ``spendable``."""
    most = min(_share_points(spec, bill_fen), spendable)
    most -= most % spec.step_points
    return most if most >= max(spec.min_points, 1) else 0


def quote(spec: SpendingSpec, *, points: int, bill_fen: int, spendable: int) -> SpendingQuote:
    """Using ``points`` on a bill: the discount, the most that may be used, and a refusal if there is one."""
    most = max_points(spec, bill_fen, spendable)
    refusal = _refusal(spec, points, bill_fen, spendable) if points else ""
    return SpendingQuote(points, 0 if refusal else discount_for(spec, points), most, refusal)


def _share_points(spec: SpendingSpec, bill_fen: int) -> int:
    return max(bill_fen, 0) * spec.max_share_bp // WHOLE * spec.points // spec.fen


def _refusal(spec: SpendingSpec, points: int, bill_fen: int, spendable: int) -> str:
    if points < 0 or points < spec.min_points:
        return "below_minimum"
    if points % spec.step_points:
        return "not_a_step"
    if points > spendable:
        return "more_than_spendable"
    return "over_share" if points > _share_points(spec, bill_fen) else ""
