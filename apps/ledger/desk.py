"""What the ledger adds to the personal-data desk: its tables in an access copy, forfeiture at an erasure."""

from collections.abc import Iterator
from typing import Any

from apps.ledger.models import Entry, Lot
from apps.ledger.services import forfeit
from apps.members.desk import Farewell, Section, farewells, sections

ENTRIES = ("at", "asset", "kind", "amount", "balance after", "store")
LOTS = ("asset", "granted", "remaining", "available from", "valid through")


def entries_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    rows = Entry.objects.filter(member_id=member_id).select_related("account__asset", "store").order_by("pk")
    for row in rows:
        yield row.at, row.account.asset.code, row.kind, row.amount, row.balance_after, row.store


def lots_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in Lot.objects.filter(member_id=member_id).select_related("account__asset").order_by("pk"):
        yield row.account.asset.code, row.granted, row.remaining, row.available_on, row.expires_on


def register() -> None:
    sections.register(Section("points_entries", ENTRIES, entries_of, order=50))
    sections.register(Section("points_lots", LOTS, lots_of, order=51))
    farewells.register(Farewell("forfeit", forfeit, order=50))
