"""One statement to PostgreSQL as a prepared, server-bound call: the hot path of postings.

It runs on Django's own connection and in its transaction. When something watches Django's cursors (the
debug log, a test that counts queries) it goes through them instead, so nothing is hidden.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def fetch(sql: str, params: Sequence[Any]) -> list[tuple]:
    """The rows of one statement. Raises django.db errors like any cursor."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, params, prepare=True)
        return cursor.fetchall()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def jsonb(value: Any) -> str:
    """A value as JSON text for a ``::jsonb`` parameter."""
    return _encode(value)


def array(values: Iterable[Any]) -> str:
    """Whole numbers, dates or instants as an array literal: several times quicker than binding a list."""
    return "{" + ",".join("NULL" if value is None else f'"{value}"' for value in values) + "}"


def texts(values: Iterable[str | None]) -> str:
    """Texts as an array literal; binding a list of them costs as much as posting them."""
    return "{" + ",".join("NULL" if value is None else f'"{_quoted(value)}"' for value in values) + "}"


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text
