"""Closing months: nothing is entered before a closed month's end any more.

Facts told late (``ledger.late``) are entered at the first open instant; their true time stays with the
fact and in the explanation.
"""

from datetime import date, datetime, timedelta

from django.db import OperationalError, connection, transaction

from apps.core import audit, clock
from apps.core.audit import Actor
from apps.ledger import late
from apps.ledger.errors import MonthBusy, MonthNotCleared, MonthNotOver, NotTheNextMonth
from apps.ledger.models import ClosedMonth, Lot

LOCK_TIMEOUT = "55P03"
WAITS = "3s"  # for entries being written; postings queue behind it meanwhile


@transaction.atomic
def close_month(*, month: date, actor: Actor, at: datetime) -> ClosedMonth:
    """Close the month that begins on ``month``, and all before it if it is the first to be closed.

    Raises MonthNotOver, NotTheNextMonth, MonthNotCleared while points of it wait for clearing, MonthBusy
    when entries are being written for too long.
    """
    ends_at = _end_of(month, at)
    _guard(ends_at)
    check_closing(month=month, at=at)
    closed = ClosedMonth.objects.create(
        month=month, ends_at=ends_at, closed_at=at, closed_by_id=actor.staff_id
    )
    data = {"month": f"{month:%Y-%m}"}
    audit.record("ledger.close_month", actor=actor, subject=("ledger.month", closed.pk), at=at, data=data)
    return closed


def check_closing(*, month: date, at: datetime) -> None:
    """Whether the month may be closed. Raises MonthNotOver, NotTheNextMonth, MonthNotCleared."""
    following = clock.business_day(_end_of(month, at))
    last = ClosedMonth.objects.order_by("-month").first()
    if last is not None and last.ends_at != clock.day_start(month):
        raise NotTheNextMonth(clock.business_day(last.ends_at))
    waiting = Lot.objects.filter(is_open=True, expires_on__lt=following).count()
    if waiting:
        raise MonthNotCleared(waiting)


def keep_book(*, month_id: int, book: dict) -> bool:
    """Keep the book of a closed month, once; False when it was kept before."""
    return bool(ClosedMonth.objects.filter(pk=month_id, book__isnull=True).update(book=book))


def _end_of(month: date, at: datetime) -> datetime:
    """Where the month ends, which must not lie ahead."""
    ends_at = clock.day_start((month.replace(day=1) + timedelta(days=32)).replace(day=1))
    if month.day != 1 or ends_at > at:
        raise MonthNotOver(month)
    return ends_at


def _guard(ends_at: datetime) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAITS}'; SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT ledger_close_until(%s, %s)", [ends_at, sorted(late.KINDS)])
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_TIMEOUT:
            raise MonthBusy from error
        raise
