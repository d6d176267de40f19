"""The staging tables of one run: every row as it was read, and the purchases the rows make up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from django.db import connection

from apps.activity.services.importing.parsing import COLUMNS
from apps.stores import services as stores

CREATE = """
  CREATE TEMP TABLE activity_import_row (
    row int NOT NULL, is_bad boolean NOT NULL, external_id text COLLATE "C" NOT NULL,
    member_ref text COLLATE "C", store text COLLATE "C", occurred_at timestamptz, category text, sku text,
    quantity bigint, amount_fen bigint, refund_of text COLLATE "C", cells text)"""
COPY = f"COPY activity_import_row ({', '.join(COLUMNS)}) FROM STDIN"
GROUP = """
  CREATE TEMP TABLE activity_import_purchase AS
  SELECT g.*, m.id AS member_id,
         CASE WHEN g.is_bad THEN 'mate'
              WHEN NOT g.same_member THEN 'member_ref'
              WHEN NOT g.same_store THEN 'store'
              WHEN NOT g.same_time THEN 'occurred_at'
              WHEN NOT g.same_original THEN 'refund_of'
              WHEN m.id IS NULL THEN 'unknown_member' END AS fault
    FROM (SELECT external_id, bool_or(is_bad) AS is_bad, min(member_ref) AS member_ref, min(store) AS store,
                 min(occurred_at) AS occurred_at, min(refund_of) AS refund_of,
                 min(member_ref) = max(member_ref) AS same_member,
                 coalesce(min(store) = max(store), true) AND count(store) IN (0, count(*)) AS same_store,
                 min(occurred_at) = max(occurred_at) AS same_time,
                 coalesce(min(refund_of) = max(refund_of), true) AND count(refund_of) IN (0, count(*))
                   AS same_original
            FROM activity_import_row GROUP BY external_id) g
    LEFT JOIN members_member m ON m.member_ref = g.member_ref"""
STORES = "SELECT DISTINCT store FROM activity_import_purchase WHERE fault IS NULL AND store IS NOT NULL"
COUNT = "SELECT count(*) FROM activity_import_purchase WHERE fault IS NULL"
READ = """
  DECLARE activity_import_read NO SCROLL CURSOR WITH HOLD FOR
  SELECT p.external_id, p.member_id, s.id, p.occurred_at, p.refund_of,
         r.category, r.sku, r.quantity, r.amount_fen
    FROM activity_import_purchase p
    JOIN activity_import_row r USING (external_id)
    LEFT JOIN stores_store s ON s.code = p.store
   WHERE p.fault IS NULL
   ORDER BY p.refund_of IS NOT NULL, p.occurred_at, p.external_id, r.row"""
FAULTS = """
  SELECT r.row, p.fault, r.cells
    FROM activity_import_purchase p JOIN activity_import_row r USING (external_id)
   WHERE p.fault IS NOT NULL AND NOT r.is_bad ORDER BY r.row"""
ROWS_OF = "SELECT row, external_id, cells FROM activity_import_row WHERE external_id = ANY (%s) ORDER BY row"
DROP = "DROP TABLE IF EXISTS activity_import_row, activity_import_purchase"
FETCH = 10_000
BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class StagedLine:
    """One row as it was staged."""

    category: str
    sku: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class StagedPurchase:
    """The rows of one external id; ``refund_of`` is the external id of the purchase they take back."""

    external_id: str
    member_id: int
    store_id: int | None
    occurred_at: Any
    refund_of: str | None
    lines: tuple[StagedLine, ...]


def fill(lines: Iterator[str]) -> int:
    """Stage rows and make purchases of them; how many can be recorded."""
    with connection.cursor() as cursor:
        cursor.execute(DROP)
        cursor.execute(CREATE)
        with cursor.copy(COPY) as copy:
            while block := list(islice(lines, BLOCK)):
                copy.write("\n".join(block) + "\n")
        cursor.execute("ANALYZE activity_import_row")
        cursor.execute(GROUP)
        cursor.execute("ANALYZE activity_import_purchase")
        cursor.execute(STORES)
        stores.ensure_stores(code for (code,) in cursor.fetchall())
        cursor.execute(COUNT)
        return cursor.fetchone()[0]


def empty() -> None:
    """Drop the staging tables."""
    with connection.cursor() as cursor:
        cursor.execute(DROP)


def purchases() -> Iterator[StagedPurchase]:
    """The staged purchases in the order they occurred, refunds last."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
    for key, rows in groupby(_rows(), key=lambda row: row[:5]):
        yield StagedPurchase(*key, tuple(StagedLine(*row[5:]) for row in rows))


def _rows() -> Iterator[tuple]:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f"FETCH FORWARD {FETCH} FROM activity_import_read")
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < FETCH:
            break
    with connection.cursor() as cursor:
        cursor.execute("CLOSE activity_import_read")


def faults() -> list[tuple[int, str, str]]:
    """Rows that can't be recorded: (row, fault, cells)."""
    with connection.cursor() as cursor:
        cursor.execute(FAULTS)
        return cursor.fetchall()


def rows_of(external_ids: Iterable[str]) -> list[tuple[int, str, str]]:
    """The rows of these purchases: (row, external id, cells)."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS_OF, [list(external_ids)])
        return cursor.fetchall()
