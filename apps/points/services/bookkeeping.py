"""Closing a month of points: the ledger takes nothing more for it, then its book is counted and kept."""

from datetime import date, datetime, timedelta

from apps.core import clock
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.ledger.models import ClosedMonth
from apps.points import queries


def close_month(*, month: date, actor: Actor, at: datetime) -> ClosedMonth:
    """Close a month and keep its book. Raises the ledger's MonthNotOver, NotTheNextMonth, MonthNotCleared or
    MonthBusy. Nothing changes a closed month, so its book is counted without holding anybody up."""
    closed = ledger.close_month(month=month, actor=actor, at=at)
    keep_books()
    closed.refresh_from_db()
    return closed


def keep_books() -> int:
    """Count and keep the books of closed months that have none yet; how many."""
    return sum(_keep(month) for month in ClosedMonth.objects.filter(book__isnull=True).order_by("month"))


def _keep(closed: ClosedMonth) -> bool:
    last = clock.business_day(closed.ends_at) - timedelta(days=1)
    book = queries.liability_book(today=last, through=last)
    return ledger.keep_book(month_id=closed.pk, book=queries.book_to_json(book))
