"""What a sale as typed comes to, as the live panel shows it: to pay, points used and earned, and why."""

from dataclasses import dataclass
from datetime import datetime

from apps.activity.services import SalePreview
from apps.counter import wording
from apps.points.sentences import award_sentences, reason_sentence


@dataclass(frozen=True)
class Offer:
    """``refusal`` is why the points asked for can't be used; then the rest is told without them. ``bill_fen``
    is what is left to pay after points, ``to_pay_fen`` after the balance too."""

    amount_fen: int
    discount_fen: int
    to_pay_fen: int
    balance_fen: int
    bill_fen: int
    points_used: int
    points_earned: int
    max_points: int
    max_discount_fen: int
    reasons: tuple[str, ...]
    refusal: str


def of_preview(preview: SalePreview, asked: int, *, at: datetime) -> Offer:
    """The offer a preview makes to somebody who asked to use so many points."""
    receipt = preview.receipt
    reasons = award_sentences(receipt.explanation)
    if not receipt.points and not reasons:
        reasons = [reason_sentence(receipt.reason, receipt.explanation)]
    return Offer(
        amount_fen=receipt.amount_fen,
        discount_fen=receipt.discount_fen,
        to_pay_fen=preview.to_pay_fen,
        balance_fen=preview.balance_fen,
        bill_fen=receipt.to_pay_fen,
        points_used=receipt.points_spent,
        points_earned=receipt.points,
        max_points=preview.max_points,
        max_discount_fen=preview.max_discount_fen,
        reasons=tuple(reasons),
        refusal=wording.spending_refused(preview, asked, at=at) if preview.refusal else "",
    )
