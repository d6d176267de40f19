"""The packed history, read and moved to the present."""

import csv
import io
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from apps.activity.demo.names import ATTRIBUTES, CATEGORIES
from apps.core.money import format_fen

DATA = Path(__file__).resolve().parent / "data"
FIRST_LETTER = ord("A")
WEEK = timedelta(weeks=1)
ROWS, LAST = 391_326, datetime(2018, 1, 1, 4, 1, 20)  # the lines, the last purchase
COLUMNS = ("external_id", "member_ref", "store", "occurred_at", "category", "quantity", "amount")


@dataclass(frozen=True, slots=True)
class Basket:
    """One purchase of the history at its own time; ``lines`` are (category, quantity, fen)."""

    number: int
    member: str
    store: str
    at: datetime
    lines: tuple[tuple[str, str, int], ...]


def baskets() -> Iterator[Basket]:
    """The purchases in the order they occurred, in local time without a zone."""
    with lzma.open(DATA / "purchases.txt.xz", "rt", encoding="utf-8") as file:
        start, *names = next(file).rstrip("\n").split("|")
        categories = [CATEGORIES[name] for name in names]
        at = datetime.fromisoformat(start)
        for number, line in enumerate(file):
            member, store, seconds, packed = line.rstrip("\n").split(",")
            at += timedelta(seconds=int(seconds))
            yield Basket(number, member, store, at, _lines(packed, categories))


def _lines(packed: str, categories: list[str]) -> tuple[tuple[str, str, int], ...]:
    found = []
    for part in packed.split(";"):
        quantity, fen = part[1:].split(" ")
        found.append((categories[ord(part[0]) - FIRST_LETTER], quantity, int(fen)))
    return tuple(found)


def stores_by_size() -> list[str]:
    """The codes of all stores, the one with most purchases first."""
    return (DATA / "stores.txt").read_text(encoding="ascii").split()


def weeks_until(now: datetime) -> int:
    """By how many weeks the history must move so that it reaches a local time without a zone."""
    return -((LAST - now) // WEEK)


def members(shift: timedelta, today: date) -> list[dict[str, str]]:
    """The members' rows, joined as much later as their purchases are."""
    text = lzma.decompress((DATA / "members.csv.xz").read_bytes()).decode()
    header, *lines = csv.reader(io.StringIO(text))
    names = [ATTRIBUTES.get(name, name) for name in header]
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    for row in rows:
        joined = date.fromisoformat(row["joined_on"]) + shift
        row["joined_on"] = min(joined, today).isoformat()
    return rows


def purchase_rows(shift: timedelta, until: datetime) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Numbered rows, cells as in ``COLUMNS``, moved by ``shift``, of purchases before ``until`` (local)."""
    number = 1
    for basket in baskets():
        at = basket.at + shift
        if at >= until:
            break
        shared = f"D{basket.number:06d}", f"CJ{basket.member}", f"S{basket.store}", at.isoformat()
        for category, quantity, fen in basket.lines:
            number += 1
            yield number, (*shared, category, quantity, format_fen(fen))
