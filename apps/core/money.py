"""Money is a whole number of fen. Text is read strictly: what a person or a file wrote is either
exactly an amount or refused; nothing is rounded, no digit of another script is taken."""

import re

_AMOUNT = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,2}))?")


def parse_fen(text: str) -> int:
    """``"12.30"`` → 1230. Raises ValueError for anything but ASCII digits with at most two decimals."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"not an amount: {text!r}")
    sign, yuan, fen = match.groups()
    value = int(yuan) * 100 + int((fen or "").ljust(2, "0"))
    return -value if sign else value


def format_fen(fen: int) -> str:
    """1230 → ``"12.30"``: plain digits, as a form or a file takes them back."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{rest:02d}"


def format_money(fen: int) -> str:
    """123450 → ``"¥1,234.50"``, as a person reads it."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"
