"""Reading value: what a member has, what of it can be spent, what expires, and how it came to be.

Past instants are those of ``Entry.at``, when a movement took effect. A lot past its last day counts as
gone here even when clearing has not booked it yet, except in ``balance``, which is the ledger's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet, Sum

from apps.core import clock
from apps.ledger.assets import asset_id
from apps.ledger.models import Account, Allocation, Entry, Lot


@dataclass(frozen=True, slots=True)
class Holding:
    """One member's asset at a glance, in whole units. ``spendable`` is what a till may take now."""

    balance: int
    held: int
    owed: int
    spendable: int
    pending: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """What is lost at the end of ``expires_on`` unless it is spent before."""

    expires_on: date
    amount: int


def entry_by_source(source: str) -> Entry | None:
    """What a source key did, if it acted."""
    return Entry.objects.filter(source=source).first()


def balance(member_id: int, asset: str = "points", *, before: datetime | None = None) -> int:
    """The ledger's balance now, or after every entry that had taken effect before an instant."""
    if before is None:
        account = Account.objects.filter(member_id=member_id, asset_id=asset_id(asset)).first()
        return account.balance if account else 0
    entries = Entry.objects.filter(
        account__member_id=member_id, account__asset_id=asset_id(asset), at__lt=before
    )
    return entries.aggregate(total=Sum("amount"))["total"] or 0


def open_lots(member_id: int, asset: str = "points", *, day: date) -> QuerySet[Lot]:
    """Lots that hold value and are not past their last day, in the order a spend takes them."""
    lots = Lot.objects.filter(account__member_id=member_id, account__asset_id=asset_id(asset), is_open=True)
    alive = lots.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day))
    return alive.select_related("entry").order_by("expires_on", "id")


def holding(member_id: int, asset: str = "points", *, day: date) -> Holding:
    """Balance, held, owed, spendable and not yet available, in one query."""
    sql = """
      SELECT a.balance, a.held, a.owed,
             coalesce(sum(l.remaining) FILTER (WHERE l.available_on IS NULL OR l.available_on <= %(day)s), 0),
             coalesce(sum(l.remaining) FILTER (WHERE l.available_on > %(day)s), 0)
        FROM ledger_account a
        LEFT JOIN ledger_lot l ON l.account_id = a.id AND l.is_open
             AND (l.expires_on IS NULL OR l.expires_on >= %(day)s)
       WHERE a.member_id = %(member)s AND a.asset_id = %(asset)s
       GROUP BY a.id"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"day": day, "member": member_id, "asset": asset_id(asset)})
        row = cursor.fetchone()
    if row is None:
        return Holding(0, 0, 0, 0, 0)
    booked, held, owed, usable, pending = row
    return Holding(booked, held, owed, max(int(usable) - held, 0), int(pending))


def spendable(member_id: int, asset: str = "points", *, day: date) -> int:
    """What a till may take on that day, in whole units."""
    return holding(member_id, asset, day=day).spendable


def expiring(member_id: int, asset: str = "points", *, day: date, within_days: int = 90) -> list[Expiring]:
    """What expires within so many days of ``day``, by last day, soonest first."""
    last = day + timedelta(days=within_days)
    lots = open_lots(member_id, asset, day=day).filter(expires_on__lte=last).order_by("expires_on")
    sums = lots.values("expires_on").annotate(amount=Sum("remaining"))
    return [Expiring(row["expires_on"], row["amount"]) for row in sums]


def statement(
    member_id: int, asset: str = "points", *, before: datetime | None = None, before_id: int | None = None
) -> QuerySet[Entry]:
    """A member's entries, newest first; ``before`` keeps those in effect by then, ``before_id`` pages on."""
    entries = Entry.objects.filter(account__member_id=member_id, account__asset_id=asset_id(asset))
    if before is not None:
        entries = entries.filter(at__lt=before)
    if before_id is not None:
        entries = entries.filter(id__lt=before_id)
    related = entries.select_related("staff", "store", "reversal", "account__member")
    lots, taken = Lot.objects.order_by("id"), Allocation.objects.select_related("lot").order_by("lot_id")
    ordered = related.prefetch_related(Prefetch("lots", lots), Prefetch("allocations", taken), "extensions")
    return ordered.order_by("-id")


def balances_at(asset: str, day: date | None = None) -> Iterator[tuple[str, int]]:
    """(member reference or number, balance) of every account, now or at the close of a business day."""
    sql = """
      SELECT coalesce(m.member_ref, m.number), a.balance
        FROM ledger_account a JOIN members_member m ON m.id = a.member_id
       WHERE a.asset_id = %(asset)s ORDER BY m.id"""
    past = """
      SELECT coalesce(m.member_ref, m.number), sum(e.amount)::bigint
        FROM ledger_account a JOIN members_member m ON m.id = a.member_id
        JOIN ledger_entry e ON e.account_id = a.id
       WHERE a.asset_id = %(asset)s AND e.at < %(close)s
       GROUP BY m.id ORDER BY m.id"""
    close = clock.day_end(day) if day else None
    with connection.chunked_cursor() as cursor:
        cursor.execute(past if day else sql, {"asset": asset_id(asset), "close": close})
        yield from cursor
