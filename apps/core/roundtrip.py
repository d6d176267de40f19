"""One statement to PostgreSQL as a prepared, server-bound call: the hot path of postings.

It runs on Django's own connection and in its transaction, below psycopg's cursors: they cost as much as the
call itself. When something watches Django's cursors (the debug log, a test that counts queries) or the
connection is not an ordinary one, it goes through a cursor instead, so nothing is hidden.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import errors, generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from psycopg.pq.abc import PGresult

_TEXT = [PyFormat.TEXT] * 32
_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# What is no longer there as it was prepared: dropped by somebody, or answering with other columns.
_STALE = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)


class _Known:
    """What a connection keeps between calls: names of prepared statements, and who turns values into text."""

    def __init__(self, driver: psycopg.Connection) -> None:
        self.names: dict[str, bytes] = {}
        self.adapter = Transformer(driver)


_known: WeakKeyDictionary[psycopg.Connection, _Known] = WeakKeyDictionary()


def fetch(sql: str, params: Sequence[Any]) -> list[tuple]:
    """The rows of one statement. Raises django.db errors like any cursor."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged or connection.execute_wrappers:
        return _by_cursor(connection, sql, params)
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    driver = connection.connection
    if driver.isolation_level is not None or driver.pgconn.pipeline_status != PipelineStatus.OFF:
        return _by_cursor(connection, sql, params)
    with connection.wrap_database_errors, driver.lock:
        return _call(driver, sql, params)


def _by_cursor(connection: Any, sql: str, params: Sequence[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _call(driver: psycopg.Connection, sql: str, params: Sequence[Any]) -> list[tuple]:
    wire = driver.pgconn
    if not driver.autocommit and wire.transaction_status == TransactionStatus.IDLE:
        wire.send_query(b"BEGIN")
        _result(driver)
    known = _known.get(driver)
    if known is None:
        known = _known[driver] = _Known(driver)
    name = known.names.get(sql) or _prepare(driver, known, sql)
    adapter = known.adapter
    wire.send_query_prepared(name, adapter.dump_sequence(params, _TEXT[: len(params)]))
    result = _result(driver)
    adapter.set_pgresult(result)
    return adapter.load_rows(0, result.ntuples, tuple)


def _prepare(driver: psycopg.Connection, known: _Known, sql: str) -> bytes:
    name = f"laurel_{len(known.names)}".encode()
    parts = sql.split("%s")
    numbered = "".join(f"{part}${n}" for n, part in enumerate(parts[:-1], 1)) + parts[-1]
    driver.pgconn.send_prepare(name, numbered.encode())
    _result(driver)
    known.names[sql] = name
    return name


def _result(driver: psycopg.Connection) -> PGresult:
    result = driver.wait(generators.execute(driver.pgconn))[-1]
    if result.status in _DONE:
        return result
    error = errors.error_from_result(result, encoding=driver.info.encoding)
    if isinstance(error, _STALE):
        _known.pop(driver, None)
    raise error


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_sorted = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
).encode


def jsonb(value: Any) -> str:
    """A value as JSON text for a ``::jsonb`` parameter."""
    try:
        quick = orjson.dumps(value)
    except TypeError:  # what only the standard library writes: whole numbers beyond 64 bits
        return _encode(value)
    return _encode(value) if b"null" in quick else quick.decode()  # it may stand for a NaN, to be refused


def canonical_json(value: Any) -> bytes:
    """The same bytes for the same value: keys sorted, no spaces, text as it is."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return _encode_sorted(value).encode()


def numbers(values: Iterable[int | None]) -> str:
    """Whole numbers as an array literal, written by ``repr`` of the list."""
    return "{" + str(list(values))[1:-1].replace("None", "NULL") + "}"


def array(values: Iterable[Any]) -> str:
    """Dates, instants or whole numbers as an array literal: several times quicker than binding a list."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def texts(values: Iterable[str | None]) -> str:
    """Texts as an array literal; binding a list of them costs as much as posting them."""
    given = list(values)
    if not given:
        return "{}"
    if None not in given:
        joined = _quoted(_APART.join(given))
        if joined.count(_APART) == len(given) - 1:
            return '{"' + joined.replace(_APART, '","') + '"}'
    return "{" + ",".join("NULL" if value is None else f'"{_quoted(value)}"' for value in given) + "}"


_APART = "\0"  # no text that PostgreSQL takes holds it


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text
