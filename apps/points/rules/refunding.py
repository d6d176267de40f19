"""The refund policy: what becomes of points a refund cannot take back."""

from dataclasses import dataclass
from typing import ClassVar

from apps.points.rules.spec import Problems

SHORTFALLS = ("owe", "waive", "cash")


@dataclass(frozen=True, slots=True)
class RefundSpec:
    """What happens to points a refund cannot take back, and how long returned points live at least."""

    kind: ClassVar[str] = "refund"

    shortfall: str = "owe"
    grace_days: int = 30

    def problems(self) -> Problems:
        found = [] if self.shortfall in SHORTFALLS else [("shortfall", "unknown")]
        return found + ([] if 0 <= self.grace_days <= 3660 else [("grace_days", "out_of_range")])
