"""Reading activities: receipts, sales with what is left to refund, refunds as they were met."""

from apps.activity.queries.history import (
    MemberRange,
    Window,
    deeds_by_member,
    member_ranges,
    newest_activity,
)
from apps.activity.queries.receipts import (
    RECORDED,
    REFUSED,
    REPLAYED,
    Receipt,
    receipts_of,
    refused,
    replayed,
)
from apps.activity.queries.refunds import RefundReceipt, ReturnedLot, refund_receipt
from apps.activity.queries.replays import (
    ReplayProgress,
    book_of,
    replay_progress,
    running_replays,
    window_of,
)
from apps.activity.queries.sales import Sale, basket_left, sale, sold_lines, visits

__all__ = [
    "RECORDED",
    "REFUSED",
    "REPLAYED",
    "MemberRange",
    "Receipt",
    "RefundReceipt",
    "ReplayProgress",
    "ReturnedLot",
    "Sale",
    "Window",
    "basket_left",
    "book_of",
    "deeds_by_member",
    "member_ranges",
    "newest_activity",
    "receipts_of",
    "refund_receipt",
    "refused",
    "replay_progress",
    "replayed",
    "running_replays",
    "sale",
    "sold_lines",
    "visits",
    "window_of",
]
