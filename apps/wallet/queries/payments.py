"""Payments from the balance and what of them went back."""

from uuid import UUID

from django.db.models import Sum

from apps.wallet.models import Payment, Return
from apps.wallet.rules import Split


def payment(payment_id: UUID) -> Payment | None:
    return Payment.objects.filter(pk=payment_id).first()


def payment_of_sale(sale_id: int) -> Payment | None:
    """What a sale took from the balance, if it did."""
    return Payment.objects.filter(sale_id=sale_id).first()


def return_of_refund(refund_id: int) -> Return | None:
    """What a refund gave back to the balance, if it did."""
    return Return.objects.filter(refund_id=refund_id).first()


def given_back(payment_id: UUID) -> Split:
    """What of a payment went back so far."""
    rows = Return.objects.filter(payment_id=payment_id)
    sums = rows.aggregate(principal=Sum("principal_fen", default=0), gift=Sum("gift_fen", default=0))
    return Split(sums["principal"], sums["gift"])
