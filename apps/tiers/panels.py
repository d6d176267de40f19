"""What this app tells the apps below: each member's tiers, for rules of points."""

from collections.abc import Collection
from datetime import datetime

from apps.points import context
from apps.tiers import queries


def tiers_of(member_ids: Collection[int], at: datetime) -> dict[int, tuple[str, ...]]:
    """Level codes of each member in every programme, also as ``programme/level``."""
    return queries.level_codes(member_ids, at)


context.provide("tier", tiers_of)
