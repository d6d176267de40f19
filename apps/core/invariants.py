"""What must never break, each as one SQL that returns the offending rows.

Apps register theirs in ``AppConfig.ready()``; ``manage.py check_ledger`` and the tests run them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Invariant:
    """``sql`` returns no row while the truth named by ``title`` holds."""

    code: str
    title: Any
    sql: str


@dataclass(frozen=True)
class Violation:
    """An invariant that failed, with the first offending rows as dicts."""

    code: str
    title: str
    rows: list[dict[str, Any]]


REGISTRY: dict[str, Invariant] = {}
SHOWN_ROWS = 20


def register(code: str, title: Any, sql: str) -> None:
    """Declare an invariant under its code of INVARIANTS.md."""
    REGISTRY[code] = Invariant(code, title, sql)


def check(codes: Iterable[str] | None = None) -> list[Violation]:
    """Run the named invariants (all by default); the offenders, empty when everything holds."""
    wanted = sorted(REGISTRY if codes is None else codes)
    found = ((REGISTRY[code], _offenders(REGISTRY[code].sql)) for code in wanted)
    return [Violation(inv.code, str(inv.title), rows) for inv, rows in found if rows]


def _offenders(sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchmany(SHOWN_ROWS)]
