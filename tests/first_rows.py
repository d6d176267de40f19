"""What migrations put into a new database, kept aside and brought back after every test that commits.

Django would empty every table and write the first rows anew one by one, two seconds a test; here the tables
that hold anything are truncated and filled by one statement each.
"""

from django.db import connection, transaction

KEPT = "first_rows"
_TABLES = """
  SELECT quote_ident(relname) FROM pg_class
   WHERE relkind = 'r' AND relnamespace = %s::regnamespace ORDER BY relname"""


def keep() -> None:
    """Remember what the tables hold now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE")
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in _filled(cursor):
            cursor.execute(f"CREATE TABLE {KEPT}.{table} AS TABLE public.{table}")


def bring_back() -> None:
    """Leave exactly what was remembered. Triggers fire: what they write of their own accord stays."""
    with transaction.atomic(), connection.cursor() as cursor:
        if filled := _filled(cursor):
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
        for table in _tables(cursor, KEPT):
            cursor.execute(f"INSERT INTO public.{table} TABLE {KEPT}.{table} ON CONFLICT DO NOTHING")


def _filled(cursor) -> list[str]:
    tables = _tables(cursor, "public")
    cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM public.{table})" for table in tables))
    return [table for table, has_rows in zip(tables, cursor.fetchone(), strict=True) if has_rows]


def _tables(cursor, schema: str) -> list[str]:
    cursor.execute(_TABLES, [schema])
    return [name for (name,) in cursor.fetchall()]
