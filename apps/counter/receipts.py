"""A sale or refund as it is printed."""

from dataclasses import dataclass

from apps.activity import queries as activity
from apps.activity.models import Activity, Quote
from apps.activity.queries import Receipt, RefundReceipt, Sale
from apps.activity.rules import SoldLine
from apps.points.sentences import award_sentences, reason_sentence


@dataclass(frozen=True)
class BillLine:
    """One line of a bill; of what came back the pieces, or of a bare amount the money."""

    category: str
    quantity: int
    amount_fen: int
    returned: int = 0
    returned_fen: int = 0


@dataclass(frozen=True)
class SaleTold:
    """A sale with what it earned and what came back since."""

    sale: Sale
    receipt: Receipt
    lines: tuple[BillLine, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RefundTold:
    """A refund with its lines and what became of the points."""

    refund: RefundReceipt
    lines: tuple[BillLine, ...]


def of_sale(visit: Activity) -> SaleTold:
    """What was sold, paid and earned: three queries."""
    sale = activity.sale(visit.pk)
    receipt = activity.receipts_of([visit.pk])[visit.pk]
    return SaleTold(sale, receipt, tuple(map(_sold, sale.lines)), _reasons(receipt))


def of_refund(visit: Activity) -> RefundTold:
    """What came back, and what became of the points."""
    lines = tuple(
        BillLine(line.category, line.quantity, line.amount_fen) for line in visit.lines.order_by("pk")
    )
    return RefundTold(activity.refund_receipt(visit.pk), lines)


def of_quote(quote: Quote) -> tuple[BillLine, ...]:
    """What is about to be sold."""
    return tuple(BillLine(category, quantity, amount) for category, _sku, quantity, amount in quote.lines)


def _sold(line: SoldLine) -> BillLine:
    back_fen = line.returned_fen if line.is_amount else 0
    return BillLine(line.category, line.quantity, line.amount_fen, line.returned, back_fen)


def _reasons(receipt: Receipt) -> tuple[str, ...]:
    told = award_sentences(receipt.explanation)
    if receipt.points or told:
        return tuple(told)
    return (reason_sentence(receipt.reason, receipt.explanation),) if receipt.reason else ()
