"""Short words for what ledger tests do. Days are business days; acts happen at their noon."""

from datetime import date, datetime, timedelta
from itertools import count

from django.db import connection

from apps.core import clock
from apps.ledger import queries
from apps.ledger import services as ledger
from apps.ledger.models import Account, Allocation, Entry, Lot
from apps.ledger.services import LotGrant, Posting, ReversalRequest
from apps.members.models import Member

TODAY = date(2025, 3, 1)
TOMORROW = TODAY + timedelta(days=1)
YEAR_END = date(2025, 12, 31)
NEXT_YEAR_END = date(2026, 12, 31)
NEW_YEAR = date(2026, 1, 1)

_sources = count(1)


def noon(day: date) -> datetime:
    return clock.day_start(day) + timedelta(hours=12)


def key() -> str:
    """A source key nobody used."""
    return f"test:{next(_sources)}"


def give(member: Member, *lots: int | tuple[int, date | None], on: date = TODAY, kind: str = "award") -> int:
    """Credit lots, each an amount or (amount, last day); the entry."""
    grants = tuple(LotGrant(*lot) if isinstance(lot, tuple) else LotGrant(lot) for lot in lots)
    amount = sum(grant.amount for grant in grants)
    posting = Posting(member.pk, kind, amount, noon(on), source=key(), lots=grants)
    return ledger.post([posting])[0].entry_id


def take(member: Member, amount: int, on: date = TODAY, kind: str = "spend") -> int:
    return ledger.post([Posting(member.pk, kind, -amount, noon(on), source=key())])[0].entry_id


def undo(
    entry_id: int, amount: int | None = None, on: date = TODAY, shortfall: str = "owe", grace_days: int = 30
) -> ledger.Reversed:
    request = ReversalRequest(key(), noon(on), amount, shortfall=shortfall, grace_days=grace_days)
    return ledger.reverse(entry_id, request)


def expire(as_of: date, limit: int = 10_000, after: int = 0) -> ledger.Expired:
    accounts = ledger.AccountRange(after=after, upto=2**62, limit=limit)
    return ledger.expire_accounts(
        asset="points", as_of=as_of, accounts=accounts, source_prefix=f"cleared:{key()}:"
    )


def held(member: Member, amount: int, on: date = TODAY, minutes: int = 30) -> ledger.Held:
    at = noon(on)
    due_at = at + timedelta(minutes=minutes)
    return ledger.hold(member_id=member.pk, amount=amount, source=key(), at=at, due_at=due_at)


def state(member: Member) -> tuple[int, int, int]:
    """Balance, held, owed."""
    account = Account.objects.get(member=member, asset__code="points")
    return account.balance, account.held, account.owed


def lots(member: Member) -> list[tuple[int, date | None]]:
    """What each lot still holds and its last day, in the order they were granted."""
    rows = Lot.objects.filter(member=member).order_by("id")
    return list(rows.values_list("remaining", "expires_on"))


def amounts(member: Member) -> list[tuple[str, int, int]]:
    """Kind, amount and balance after of every entry, oldest first."""
    rows = Entry.objects.filter(member=member).order_by("id")
    return list(rows.values_list("kind", "amount", "balance_after"))


def taken(entry_id: int) -> list[int]:
    """What an entry took from each lot, in the lots' order."""
    rows = Allocation.objects.filter(entry_id=entry_id).order_by("lot_id")
    return list(rows.values_list("amount", flat=True))


def spendable(member: Member, on: date = TODAY) -> int:
    return queries.spendable(member.pk, day=on)


def run_sql(sql: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending when a table is altered
        cursor.execute(sql, params or None)
