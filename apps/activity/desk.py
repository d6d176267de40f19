"""What members did, as tables of an access copy."""

from collections.abc import Iterator
from typing import Any

from apps.activity.models import Activity, Line
from apps.core.money import format_fen
from apps.members.desk import Section, sections

VISITS = ("occurred", "kind", "channel", "receipt", "store", "amount (yuan)", "paid with points (yuan)")
LINES = ("receipt", "category", "SKU", "quantity", "amount (yuan)")


def visits_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    rows = Activity.objects.filter(member_id=member_id).select_related("channel", "store").order_by("pk")
    for row in rows:
        money = format_fen(row.amount_fen), format_fen(row.discount_fen)
        yield row.occurred_at, row.kind, row.channel, row.external_id, row.store, *money


def lines_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in Line.objects.filter(member_id=member_id).select_related("activity").order_by("pk"):
        amount = format_fen(row.amount_fen)
        yield row.activity.external_id, row.category, row.sku, row.quantity, amount


def register() -> None:
    sections.register(Section("visits", VISITS, visits_of, order=60))
    sections.register(Section("lines", LINES, lines_of, order=61))
