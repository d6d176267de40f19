"""Members who don't exist, by the million, for trials and measurements: COPY straight into the tables.

What is made depends on the members' serials alone, so two empty databases get the same members. Each has
a sealed phone, a home store, and two in five an identity in the mini-program.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection, transaction

from apps.core import sealing
from apps.members import names, numbers
from apps.members.services.channels import ensure_channel
from apps.stores import services as stores

CHUNK = 20_000
STORES = 500
PREFIXES = (138, 139, 150, 158, 159, 186, 188, 199)
DAYS_BACK = 1_100
CHANNEL = "mini_program"
MEMBER = (
    "COPY members_member (id, number, status, name, gender, birthday, phone_sealed, phone_hash, phone_last4,"
    " home_store_id, channel_id, joined_at, created_at, attributes) FROM STDIN"
)
LINK = "COPY members_storelink (member_id, store_id, how, at) FROM STDIN"
IDENTITY = "COPY members_identity (member_id, channel_id, external_id, bound_at) FROM STDIN"
Progress = Callable[[int], None]


def generate_members(*, count: int, at: datetime, progress: Progress) -> int:
    """Make so many members; ``progress`` hears how many are there. Each chunk commits."""
    channel = ensure_channel(CHANNEL)
    known = stores.ensure_stores(f"G{serial:03d}" for serial in range(STORES))
    places = [known[code] for code in sorted(known)]
    for done in range(0, count, CHUNK):
        with transaction.atomic():
            _make(min(CHUNK, count - done), places, channel, at)
        progress(min(count, done + CHUNK))
    return count


def phone_of(serial: int) -> str:
    """The phone number of a generated member, no two alike below 10⁸ serials."""
    return f"+86{PREFIXES[serial % len(PREFIXES)]}{serial * 7_919 % 10**8:08d}"


def identity_of(serial: int) -> str:
    """What a generated member is called in the mini-program."""
    return f"openid-{serial:010d}"


def _make(count: int, places: list[int], channel: int, at: datetime) -> None:
    people = list(zip(_ids(count), numbers.new_numbers(count), strict=True))
    _copy(MEMBER, (_member(pk, number, places, channel, at) for pk, number in people))
    _copy(LINK, ((pk, places[_serial(number) % STORES], "home", at) for pk, number in people))
    identities = ((pk, identity_of(_serial(number)), number) for pk, number in people)
    _copy(IDENTITY, ((pk, channel, name, at) for pk, name, number in identities if _serial(number) % 5 < 2))


def _member(pk: int, number: str, places: list[int], channel: int, at: datetime) -> tuple:
    serial = _serial(number)
    phone = phone_of(serial)
    joined = at - timedelta(minutes=serial * 31 % (DAYS_BACK * 1440))
    return (
        pk,
        number,
        "frozen" if serial % 1000 == 7 else "active",
        names.name_of(serial),
        ("female", "male", "")[serial % 3],
        None if serial % 4 == 0 else f"{1950 + serial % 55}-{1 + serial % 12:02d}-{1 + serial % 28:02d}",
        sealing.seal(phone),
        sealing.blind_index(phone),
        phone[-4:],
        places[serial % STORES],
        channel,
        joined,
        at,
        "{}",
    )


def _serial(number: str) -> int:
    return int(number[1:-1])


def _ids(count: int) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('members_member', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        return chain.from_iterable(cursor.fetchall())


def _copy(statement: str, rows: Iterator[tuple]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
