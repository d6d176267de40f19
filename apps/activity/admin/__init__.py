"""Activities and replays in the back office."""

from apps.activity.admin.activity import ActivityAdmin
from apps.activity.admin.replay import ReplayAdmin

__all__ = ["ActivityAdmin", "ReplayAdmin"]
