"""Who was reminded of what expires."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Sum

from apps.ledger.models import Account
from apps.points.models import Reminder


@dataclass(frozen=True)
class Reminded:
    """The reminders of one last day, so many days before."""

    expires_on: date
    days_before: int
    members: int
    points: int
    planned_at: datetime


def reminded(*, since: date, limit: int = 30) -> list[Reminded]:
    """What was planned for last days from ``since`` on, latest first; whole brand."""
    rows = Reminder.objects.filter(expires_on__gte=since).values("expires_on", "days_before")
    sums = rows.annotate(members=Count("id"), total=Sum("points"), last=Max("planned_at"))
    return [
        Reminded(row["expires_on"], row["days_before"], row["members"], row["total"], row["last"])
        for row in sums.order_by("-last", "expires_on")[:limit]
    ]


def last_account() -> int:
    """The highest account key: where a walk over all accounts ends."""
    return Account.objects.aggregate(last=Max("id"))["last"] or 0
