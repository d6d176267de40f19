"""A member's statement of points over a period: with what it began, what came and went, how it ended."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from apps.core import clock
from apps.ledger.assets import asset_id
from apps.ledger.models import Entry


@dataclass(frozen=True)
class Sheet:
    """Sums of the entries in effect from ``since`` (None: ever) through ``through``, by business day."""

    since: date | None
    through: date
    opening: int
    credits: int
    debits: int
    entries: int

    @property
    def closing(self) -> int:
        return self.opening + self.credits + self.debits


def sheet(member_id: int, *, since: date | None, through: date, asset: str = "points") -> Sheet:
    """The sums of a period in one query; the closing balance is the one at the close of ``through``."""
    inside = Q(at__gte=clock.day_start(since)) if since else Q()
    before = Q(at__lt=clock.day_start(since)) if since else Q(pk__in=())
    entries = _until(member_id, through, asset)
    sums = entries.aggregate(
        opening=Sum("amount", filter=before, default=0),
        credits=Sum("amount", filter=inside & Q(amount__gt=0), default=0),
        debits=Sum("amount", filter=inside & Q(amount__lt=0), default=0),
        entries=Count("id", filter=inside),
    )
    return Sheet(since, through, **sums)


def sheet_entries(
    member_id: int, *, since: date | None, through: date, asset: str = "points"
) -> QuerySet[Entry]:
    """The entries of a period, newest first in the order of writing, which ``balance_after`` follows."""
    entries = _until(member_id, through, asset).select_related("store", "staff").order_by("-id")
    return entries.filter(at__gte=clock.day_start(since)) if since else entries


def _until(member_id: int, through: date, asset: str) -> QuerySet[Entry]:
    return Entry.objects.filter(
        account__member_id=member_id, account__asset_id=asset_id(asset), at__lt=clock.day_end(through)
    )
