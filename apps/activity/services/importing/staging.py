"""The staging tables of one run: every stretch of rows as it was read, and the purchases they make up."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from django.db import connection

from apps.activity.services.importing.parsing import COLUMNS, ROW
from apps.stores import services as stores

CREATE = """
  CREATE TEMP TABLE activity_import_stretch (
    row int NOT NULL, is_bad boolean NOT NULL, external_id text COLLATE "C" NOT NULL,
    member_ref text COLLATE "C", store text COLLATE "C", occurred bigint, refund_of text COLLATE "C",
    lines text, rows text)"""
COPY = f"COPY activity_import_stretch ({', '.join(COLUMNS)}) FROM STDIN"
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
                 min(occurred) AS occurred, min(refund_of) AS refund_of,
                 min(member_ref) = max(member_ref) AS same_member,
                 coalesce(min(store) = max(store), true) AND count(store) IN (0, count(*)) AS same_store,
                 min(occurred) = max(occurred) AS same_time,
                 coalesce(min(refund_of) = max(refund_of), true) AND count(refund_of) IN (0, count(*))
                   AS same_original
            FROM activity_import_stretch GROUP BY external_id) g
    LEFT JOIN members_member m ON m.member_ref = g.member_ref"""
STORES = "SELECT DISTINCT store FROM activity_import_purchase WHERE fault IS NULL AND store IS NOT NULL"
COUNT = "SELECT count(*) FROM activity_import_purchase WHERE fault IS NULL"
READ = """
  DECLARE activity_import_read NO SCROLL CURSOR WITH HOLD FOR
  SELECT p.external_id, p.member_id, s.id, p.occurred, p.refund_of, t.lines
    FROM activity_import_purchase p
    JOIN activity_import_stretch t USING (external_id)
    LEFT JOIN stores_store s ON s.code = p.store
   WHERE p.fault IS NULL
   ORDER BY p.member_id %% %s, p.refund_of IS NOT NULL, p.occurred, p.external_id, t.row"""
FAULTS = """
  SELECT p.fault, t.rows
    FROM activity_import_purchase p JOIN activity_import_stretch t USING (external_id)
   WHERE p.fault IS NOT NULL AND NOT t.is_bad ORDER BY t.row"""
STRETCHES_OF = """
  SELECT external_id, rows FROM activity_import_stretch WHERE external_id = ANY (%s) ORDER BY row"""
DROP = "DROP TABLE IF EXISTS activity_import_stretch, activity_import_purchase"
FETCH = 10_000
BLOCK = 1_000


class StagedPurchase(NamedTuple):
    """The rows of one external id; ``refund_of`` is the external id of the purchase they take back.

    ``occurred`` counts microseconds since 1970; ``lines`` are packed, see ``parsing.lines_of``.
    """

    external_id: str
    member_id: int
    store_id: int | None
    occurred: int
    refund_of: str | None
    lines: str


def fill(stretches: Iterator[str]) -> int:
    """Stage stretches of rows and make purchases of them; how many can be recorded."""
    with connection.cursor() as cursor:
        cursor.execute(DROP)
        cursor.execute(CREATE)
        with cursor.copy(COPY) as copy:
            while block := list(islice(stretches, BLOCK)):
                copy.write("\n".join(block) + "\n")
        cursor.execute("ANALYZE activity_import_stretch")
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


def purchases(groups: int = 1) -> Iterator[StagedPurchase]:
    """The staged purchases in the order they occurred, refunds last.

    With more groups: so within each group, which holds the members whose ids leave one remainder.
    """
    with connection.cursor() as cursor:
        cursor.execute(READ, [groups])
    for key, rows in groupby(_rows(), key=itemgetter(0, 1, 2, 3, 4)):
        yield StagedPurchase(*key, ROW.join(lines for *_key, lines in rows))


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


def faults() -> list[tuple[str, str]]:
    """Stretches that can't be recorded: (fault, packed rows)."""
    with connection.cursor() as cursor:
        cursor.execute(FAULTS)
        return cursor.fetchall()


def stretches_of(external_ids: Iterable[str]) -> list[tuple[str, str]]:
    """The stretches of these purchases: (external id, packed rows)."""
    with connection.cursor() as cursor:
        cursor.execute(STRETCHES_OF, [list(external_ids)])
        return cursor.fetchall()
