"""Member numbers: twelve digits, a leading 6 (no phone of mainland China looks like it), ten counted
by a database sequence, and a check digit (Damm) that catches every single slip and swap of neighbours.
"""

import re
from functools import lru_cache

from django.db import connection
from stdnum import damm

SEQUENCE = "members_member_number"
QR_PREFIX = "LM"
_SHAPE = re.compile(r"6[0-9]{11}")


def new_number() -> str:
    """The next free member number."""
    return new_numbers(1)[0]


def new_numbers(count: int) -> list[str]:
    """So many free member numbers, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nextval('{SEQUENCE}') FROM generate_series(1, %s)", [count])
        return [number_of(serial) for (serial,) in cursor]


def number_of(serial: int) -> str:
    """The member number of a serial of the sequence."""
    payload = f"6{serial:010d}"
    return payload + _check_digit(_stand_in(payload[:-3]) + payload[-3:])


@lru_cache(maxsize=1024)
def _stand_in(head: str) -> str:
    """The one digit that leads to the same check digits as ``head``, whatever follows it."""
    state = damm.checksum(head)
    return next(digit for digit in "0123456789" if damm.checksum(digit) == state)


_check_digit = lru_cache(maxsize=10_000)(damm.calc_check_digit)


def is_valid(text: str) -> bool:
    """Whether a text is a well-formed member number with a right check digit."""
    return _SHAPE.fullmatch(text) is not None and damm.is_valid(text)


def qr_payload(number: str) -> str:
    """What the member's QR code says; a scanner types it into the counter's box."""
    return QR_PREFIX + number


def from_scan(text: str) -> str | None:
    """The member number typed or scanned, None when the text is none."""
    number = text.removeprefix(QR_PREFIX).removeprefix(QR_PREFIX.lower())
    return number if is_valid(number) else None
