"""What stored value adds to the personal-data desk: the purchase record, and money that must go home
first."""

from collections.abc import Iterator
from typing import Any

from apps.core.money import format_fen
from apps.members.desk import Farewell, Section, farewells, sections
from apps.wallet.models import PrincipalRefund, TopUp
from apps.wallet.services import farewell

TOP_UPS = ("receipt", "time", "store", "means", "paid in (yuan)", "gift (yuan)", "gift valid through")
REFUNDS = ("receipt", "top-up", "time", "formula", "paid out (yuan)", "reason")


def top_ups_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in TopUp.objects.filter(member_id=member_id).select_related("store").order_by("pk"):
        money = format_fen(row.principal_fen), format_fen(row.gift_fen)
        yield row.receipt_number, row.at, row.store, row.means, *money, row.gift_expires_on


def refunds_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    rows = PrincipalRefund.objects.filter(member_id=member_id).select_related("top_up").order_by("pk")
    for row in rows:
        cash = format_fen(row.cash_fen)
        yield row.receipt_number, row.top_up.receipt_number, row.at, row.formula, cash, row.reason


def register() -> None:
    sections.register(Section("top_ups", TOP_UPS, top_ups_of, order=55))
    sections.register(Section("principal_refunds", REFUNDS, refunds_of, order=56))
    farewells.register(Farewell("wallet", farewell, order=40))
