"""The two assets of stored value, and the keys under which they move."""

PRINCIPAL, GIFT = "balance_principal", "balance_gift"
ASSETS = (PRINCIPAL, GIFT)
PART = {PRINCIPAL: "principal", GIFT: "gift"}


def top_up_source(top_up_id: int, asset: str) -> str:
    return f"topup:{top_up_id}:{PART[asset]}"


def payment_source(payment_id: object, asset: str) -> str:
    return f"pay:{payment_id}:{PART[asset]}"


def return_source(return_id: int, asset: str) -> str:
    return f"payback:{return_id}:{PART[asset]}"


def refund_source(refund_id: int, asset: str) -> str:
    return f"paidout:{refund_id}:{PART[asset]}"
