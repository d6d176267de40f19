"""Reading activities: receipts, sales with what is left to refund, refunds as they were met."""

from apps.activity.queries.receipts import (
    RECORDED,
    REFUSED,
    REPLAYED,
    Receipt,
    receipts_of,
    replayed,
)
from apps.activity.queries.refunds import RefundReceipt, ReturnedLot, refund_receipt
from apps.activity.queries.sales import Sale, basket_left, sale, sold_lines, visits

__all__ = [
    "RECORDED",
    "REFUSED",
    "REPLAYED",
    "Receipt",
    "RefundReceipt",
    "ReturnedLot",
    "Sale",
    "basket_left",
    "receipts_of",
    "refund_receipt",
    "replayed",
    "sale",
    "sold_lines",
    "visits",
]
