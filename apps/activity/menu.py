"""The sidebar's line of this app."""

from django.utils.translation import gettext_lazy as _

from apps.core.registry import MenuItem, menu

ACTIVITIES = MenuItem(
    "activities",
    "activity",
    _("Purchases and activities"),
    "shopping_bag",
    "admin:activity_activity_changelist",
    "activity.view_activity",
    order=10,
)


REPLAYS = MenuItem(
    "replays",
    "points",
    _("Replays"),
    "history",
    "admin:activity_replay_changelist",
    "activity.view_replay",
    order=15,
)


def register() -> None:
    menu.register(REPLAYS)
    menu.register(ACTIVITIES)
