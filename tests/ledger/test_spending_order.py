"""L9 against a toy: whatever was spent in whatever order, the SQL names what the toy names. And it stays
quick on an account that is used a lot."""

import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection

from apps.core import invariants

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_invariants]
FIRST = date(2025, 1, 1)
FOREVER = date(9999, 12, 31)
TABLES = """
  CREATE TEMP TABLE ledger_entry (id bigint, account_id bigint, at timestamptz, kind text, amount bigint);
  CREATE TEMP TABLE ledger_lot (id bigint, account_id bigint, entry_id bigint, granted bigint,
                                available_on date, expires_on date);
  CREATE TEMP TABLE ledger_allocation (entry_id bigint, lot_id bigint, amount bigint);
  CREATE TEMP TABLE ledger_extension (entry_id bigint, lot_id bigint, was date, now date)"""


@dataclass
class Lot:
    id: int
    granted: int
    available_on: date | None
    last_day: date | None
    entry: int
    remaining: int = 0
    moved: list[tuple] = field(default_factory=list)


class Toy:
    """One account, entry by entry. A careless spend takes from any lots."""

    def __init__(self, chance: Random, account: int) -> None:
        self.chance, self.account = chance, account
        self.lots: list[Lot] = []
        self.entries, self.allocations, self.found = [], [], set()

    def day(self, n: int) -> date:
        return FIRST + timedelta(days=n + self.chance.randint(-1, 1))

    def give(self, entry: int, n: int) -> None:
        ends = self.chance.choice((None, self.day(n + 3), self.day(n + 40), FIRST + timedelta(days=200)))
        opens = self.day(n + 2) if self.chance.random() < 0.2 else None
        lot = Lot(entry * 10, 5, opens, ends, entry, 5)
        self.lots.append(lot)
        self.entries.append((entry, self.account, self.day(n), "award", 5))

    def extend(self, entry: int, n: int) -> None:
        lot = self.chance.choice(self.lots)
        was, lot.last_day = lot.last_day, self.day(n + 60)
        lot.moved.append((entry, lot.id, was, lot.last_day))
        self.entries.append((entry, self.account, self.day(n), "extend", 0))

    def spend(self, entry: int, n: int) -> None:
        day = self.day(n)
        held = [lot for lot in self.lots if lot.remaining]
        held.sort(key=lambda lot: (lot.last_day or FOREVER, lot.id))
        usable = [lot for lot in held if self.is_usable(lot, day)]
        chosen = usable[:1] if self.chance.random() < 0.8 else self.chance.sample(held, min(2, len(held)))
        if not chosen:
            return
        for lot in chosen:
            amount = self.chance.randint(1, lot.remaining)
            lot.remaining -= amount
            self.allocations.append((entry, lot.id, amount))
        self.entries.append((entry, self.account, day, self.chance.choice(("spend", "adjust")), -1))
        last = max(chosen, key=lambda lot: (lot.last_day or FOREVER, lot.id))
        for lot in held[: held.index(last)]:
            if lot.remaining and self.is_usable(lot, day):
                self.found.add((entry, last.id, lot.id))

    @staticmethod
    def is_usable(lot: Lot, day: date) -> bool:
        return (lot.last_day or FOREVER) >= day and (lot.available_on or day) <= day


def fill(toys: list[Toy]) -> None:
    rows = {
        "ledger_entry": [
            (pk, account, f"{day} 12:00+08", *rest) for toy in toys for pk, account, day, *rest in toy.entries
        ],
        "ledger_lot": [
            (lot.id, toy.account, lot.entry, lot.granted, lot.available_on, lot.last_day)
            for toy in toys
            for lot in toy.lots
        ],
        "ledger_allocation": [row for toy in toys for row in toy.allocations],
        "ledger_extension": [row for toy in toys for lot in toy.lots for row in lot.moved],
    }
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for table, values in rows.items():
            if values:
                places = ", ".join(["%s"] * len(values[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({places})", values)


def offenders() -> set[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(invariants.REGISTRY["L9"].sql)
        found = cursor.fetchall()
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sql_names_what_the_toy_names(seed):
    chance, entry = Random(seed), 0
    toys = [Toy(chance, account) for account in (7, 8)]
    for n in range(160):
        for toy in toys:
            entry += 1
            act = (
                toy.give if len(toy.lots) < 3 else chance.choice((toy.give, toy.spend, toy.spend, toy.extend))
            )
            act(entry, n)
    fill(toys)
    expected = toys[0].found | toys[1].found
    assert len(expected) > 10
    assert offenders() == expected


def test_twenty_thousand_entries_on_one_account_take_seconds():
    """10,000 credits, each spent a good while later: spend against lot would be 100 million pairs."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("""
          INSERT INTO ledger_entry
          SELECT n, 1, '2025-01-01 12:00+08'::timestamptz + n * interval '20 minutes', k.kind,
                 CASE k.kind WHEN 'award' THEN 1 ELSE -1 END
            FROM generate_series(1, 20000) n
           CROSS JOIN LATERAL (SELECT CASE WHEN n <= 5000 OR n % 2 = 1 AND n < 15000 THEN 'award'
                                           ELSE 'spend' END AS kind) k;
          INSERT INTO ledger_lot
          SELECT id, 1, id, 1, NULL, '2026-12-31' FROM ledger_entry WHERE kind = 'award';
          INSERT INTO ledger_allocation
          SELECT s.id, l.id, 1
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS nr FROM ledger_entry
                   WHERE kind = 'spend') s
            JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nr FROM ledger_lot) l USING (nr)""")
        begun = time.monotonic()
        assert offenders() == set()
        assert time.monotonic() - begun < 30  # a second on a quiet machine; a minute before
        cursor.execute(
            "UPDATE ledger_allocation SET lot_id = lot_id + 1 WHERE entry_id = 5002 RETURNING lot_id"
        )
        ((late,),) = cursor.fetchall()
    assert (5002, late, late - 1) in offenders()
