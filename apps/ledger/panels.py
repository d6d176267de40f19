"""What this app shows on the back office's home page: the points that moved today."""

from collections.abc import Callable
from datetime import date
from functools import partial

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.registry import HomeCard, home_cards
from apps.ledger import assets, desk, watch
from apps.ledger.models import Entry, EntryKind
from apps.stores import queries as stores
from apps.stores.models import Staff


def moved_on(staff: Staff, day: date, *, kind: EntryKind) -> int:
    """Points moved by entries of this kind on a business day, in the stores of the scope."""
    rows = Entry.objects.filter(
        kind=kind,
        account__asset_id=assets.asset_id("points"),
        at__gte=clock.day_start(day),
        at__lt=clock.day_end(day),
    )
    if not staff.sees_all_stores:
        rows = rows.filter(store__in=stores.stores_for(staff))
    return abs(rows.aggregate(points=Sum("amount"))["points"] or 0)


def _moved(kind: EntryKind) -> Callable[[Staff, date], int]:
    return partial(moved_on, kind=kind)


VIEW = "members.view_member"
CARDS = (
    HomeCard("awarded", _("Points awarded today"), _moved(EntryKind.AWARD), "points", VIEW, order=30),
    HomeCard("spent", _("Points spent today"), _moved(EntryKind.SPEND), "points", VIEW, order=31),
    HomeCard("expired", _("Points expired today"), _moved(EntryKind.EXPIRE), "points", VIEW, order=32),
)
watch.register()
for card in CARDS:
    home_cards.register(card)
desk.register()
