"""Closing a month of points: the ledger takes nothing more for it, then its book is counted and kept."""

from datetime import date, datetime, timedelta

from django.db import transaction

from apps.core import clock
from apps.core.approvals import services as approvals
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.ledger.models import ClosedMonth
from apps.points import queries

SUBJECT = "points.month"


def close_month(*, month: date, actor: Actor, at: datetime) -> ClosedMonth:
    """Close a month; its book is counted afterwards by ``keep_books``, which holds nobody up: nothing changes
    a closed month. Raises the ledger's MonthNotOver, NotTheNextMonth, MonthNotCleared or MonthBusy."""
    return ledger.close_month(month=month, actor=actor, at=at)


def keep_books(*, at: datetime) -> int:
    """Count and keep the books of closed months that have none yet; how many."""
    return sum(_keep(month, at) for month in ClosedMonth.objects.filter(book__isnull=True).order_by("month"))


def _keep(closed: ClosedMonth, at: datetime) -> bool:
    last = clock.business_day(closed.ends_at) - timedelta(days=1)
    book = queries.liability_book(today=last, through=last)
    with transaction.atomic():
        kept = ledger.keep_book(month_id=closed.pk, book=queries.book_to_json(book))
        approvals.finish(subject=(SUBJECT, closed.month.isoformat()), result={}, at=at)
    return kept
