"""Codes of the second factor, and who may give which role. Pure.

A *code* is six digits of RFC 6238 (TOTP: HMAC-SHA-1, steps of 30 seconds), good for its step and one on
either side, once. A *recovery code* is ten letters and digits, good once, for when the phone is lost.
"""

import base64
import hmac
import secrets
import unicodedata
from collections.abc import Collection
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
DRIFT = 1  # steps a phone's clock may be wrong
SECRET_BYTES = 20
RECOVERY_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that reads as another
RECOVERY_CODES = 10
DEMO_SECRET = b"laurel-demo-account!"  # of demo accounts, whose passwords are printed too


def step_of(at: datetime) -> int:
    """The number of the 30-second step an instant falls in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int) -> str:
    """The six digits of a step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: bytes, typed: str, at: datetime, *, after: int = 0) -> int | None:
    """The step whose code was typed: near ``at`` and later than the last one used, else None."""
    digits = plain(typed).encode()
    now = step_of(at)
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1) if step > after]
    return next((step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), digits)), None)


def plain(typed: str) -> str:
    """What was typed without blanks and dashes, full-width made half, in capitals."""
    text = unicodedata.normalize("NFKC", typed).upper()
    return "".join(letter for letter in text if letter not in " -\u2013")


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def new_recovery_codes() -> list[str]:
    """Ten codes, each of two halves of five letters."""
    return [f"{_letters(5)}-{_letters(5)}" for _ in range(RECOVERY_CODES)]


def _letters(count: int) -> str:
    return "".join(secrets.choice(RECOVERY_LETTERS) for _ in range(count))


def secret_text(secret: bytes) -> str:
    """The secret as authenticator apps take it by hand, in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def enrolment_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """What the QR code of an enrolment says."""
    text = base64.b32encode(secret).decode()
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{urlencode({'secret': text, 'issuer': issuer})}"


def may_give(own: Collection[str], given: Collection[str]) -> bool:
    """Whether somebody with these permissions may hand out those: no role above one's own."""
    return set(given) <= set(own)
