"""Reading programmes, standings and the growth that counts."""

from apps.tiers.queries.exports import TierRow, tiers_at
from apps.tiers.queries.live import (
    LiveProgramme,
    LiveVersion,
    asset_code,
    live_programme,
    live_programmes,
)
from apps.tiers.queries.overview import Glance, glances, spells_of
from apps.tiers.queries.programmes import draft_of, members_by_level, newest_of, programmes, runs_of
from apps.tiers.queries.runs import days_due
from apps.tiers.queries.standings import (
    MOMENT,
    Seen,
    growth_in,
    growth_of,
    held_before,
    in_range,
    level_codes,
    of_members,
    spans,
)

__all__ = [
    "MOMENT",
    "Glance",
    "LiveProgramme",
    "LiveVersion",
    "Seen",
    "TierRow",
    "asset_code",
    "days_due",
    "draft_of",
    "glances",
    "growth_in",
    "growth_of",
    "held_before",
    "in_range",
    "level_codes",
    "live_programme",
    "live_programmes",
    "members_by_level",
    "newest_of",
    "of_members",
    "programmes",
    "runs_of",
    "spans",
    "spells_of",
    "tiers_at",
]
