"""The only writers of activities.

*Record*: accept facts, once for ever per channel and external id, and let them earn. *Quote*: word a
sale and set its points aside; *take* it: spend them and record the purchase; *cancel* lets them go.
*Refund*: take lines of a purchase back, as often as something is left. A *preview* is the same code,
rolled back. *Replay*: decide history again under another version of a rule; it writes nothing but its result.
"""

from apps.activity.rules import Fact, FactLine
from apps.activity.services.recording import preview, record, record_one
from apps.activity.services.refunding import RefundRequest, preview_refund, refund
from apps.activity.services.replaying import (
    DAYS,
    ReplayRequest,
    cancel_replay,
    finish_replay,
    run_replay_chunk,
    start_replay,
)
from apps.activity.services.selling import (
    SalePreview,
    SaleRequest,
    cancel_quote,
    expire_quotes,
    preview_sale,
    quote_sale,
    take_sale,
)

__all__ = [
    "DAYS",
    "Fact",
    "FactLine",
    "RefundRequest",
    "ReplayRequest",
    "SalePreview",
    "SaleRequest",
    "cancel_quote",
    "cancel_replay",
    "expire_quotes",
    "finish_replay",
    "preview",
    "preview_refund",
    "preview_sale",
    "quote_sale",
    "record",
    "record_one",
    "refund",
    "run_replay_chunk",
    "start_replay",
    "take_sale",
]
