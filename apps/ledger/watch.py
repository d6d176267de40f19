"""What the ledger tells the reconciliation: how to ask invariants of some accounts alone, which accounts
moved lately, and what to do about those that break one."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max, Min

from apps.core.audit import Actor
from apps.core.truth.watching import Accounts, Marks, Section, Watch, sections, watches
from apps.ledger import services
from apps.ledger.models import Account, Entry, Freeze, Hold, HoldState, Lot

RECONCILER = Actor("core.reconcile")
WHOLE = {"L6", "L7", "L11", "L12"}  # can't be asked of some accounts alone
ACCOUNT_SCOPED_CLEARING = {"K1", "K2", "K3", "K4"}
# The rows of the chosen accounts, copied by one statement, so that all are of one instant. A lot is found
# by the entry that granted it.
ENTRY = (  # what is long and no invariant asks stays behind
    "id, account_id, member_id, kind, amount, balance_after, source, at, posted_at, staff_id, store_id,"
    " reverses_id"
)
COPIES = {
    "account": "SELECT * FROM ledger_account WHERE id {which}",
    "entry": f"SELECT {ENTRY} FROM ledger_entry WHERE account_id {{which}}",
    "lot": "SELECT l.* FROM entry JOIN ledger_lot l ON l.entry_id = entry.id",
    "hold": "SELECT * FROM ledger_hold WHERE account_id {which}",
    "allocation": "SELECT al.* FROM lot JOIN ledger_allocation al ON al.lot_id = lot.id",
    "extension": "SELECT x.* FROM lot JOIN ledger_extension x ON x.lot_id = lot.id",
    "reversal": "SELECT r.* FROM entry JOIN ledger_reversal r ON r.entry_id = entry.id",
}
WIDE_WAYS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
KEYED = ("account", "entry", "lot", "hold", "extension")  # those with an id of their own
KEYS = {  # what the invariants join by
    "account": ("id",),
    "entry": ("id", "account_id", "reverses_id"),
    "lot": ("id", "account_id", "entry_id"),
    "hold": ("account_id",),
    "allocation": ("entry_id", "lot_id"),
    "extension": ("lot_id",),
    "reversal": ("entry_id", "original_id"),
}
TABLES = re.compile(rf"\bledger_({'|'.join(COPIES)})\b")
SHOWN = 50
# How a row of a violation names its account: by itself, or through what it names.
WAYS = {
    "lot_id": Lot.objects,
    "entry_id": Entry.objects,
    "original_id": Entry.objects,
    "hold_id": Hold.objects,
}


def is_narrow(code: str) -> bool:
    return (code.startswith("L") and code not in WHOLE) or code in ACCOUNT_SCOPED_CLEARING


@contextmanager
def narrow(accounts: Accounts) -> Iterator[Callable[[str], str]]:
    """Copies of these accounts' rows with keys and statistics; gives what turns an invariant to them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        cursor.execute("SELECT to_regclass('pg_temp.narrow_entry')")
        if cursor.fetchone()[0] is None:
            _make_tables(cursor)
        _copy(cursor, _which(accounts))
        yield lambda sql: TABLES.sub(r"narrow_\1", sql)


def _make_tables(cursor: CursorWrapper) -> None:
    """Once per session: a table made anew for every range would leave its locks and its catalogue rows."""
    for name in COPIES:
        cursor.execute(f"CREATE TEMP TABLE narrow_{name} (LIKE ledger_{name}) ON COMMIT DELETE ROWS")
        for column in KEYS[name]:
            cursor.execute(f"CREATE INDEX ON narrow_{name} ({column})")
    cursor.execute("ALTER TABLE narrow_entry ALTER explanation DROP NOT NULL")


def _copy(cursor: CursorWrapper, which: str) -> None:
    fill = []
    for name, rows in COPIES.items():
        columns = f"({ENTRY})" if name == "entry" else ""
        returning = "RETURNING id" if name in KEYED else ""
        fill.append(f"{name} AS (INSERT INTO narrow_{name} {columns} {rows.format(which=which)} {returning})")
    cursor.execute(f"TRUNCATE {', '.join(f'narrow_{name}' for name in COPIES)}")
    for way in WIDE_WAYS:  # some accounts of many: by their keys
        cursor.execute(f"SET LOCAL {way} = off")
    cursor.execute(f"WITH {', '.join(fill)} SELECT 1")
    for way in WIDE_WAYS:
        cursor.execute(f"SET LOCAL {way} = on")
    cursor.execute(f"ANALYZE {', '.join(f'narrow_{name}' for name in COPIES)}")


def _which(accounts: Accounts) -> str:
    if isinstance(accounts, tuple):
        return f"BETWEEN {int(accounts[0]) + 1} AND {int(accounts[1])}"
    return f"= ANY ('{{{','.join(str(int(pk)) for pk in accounts)}}}'::bigint[])"


def marks() -> Marks:
    """The newest entry, and the hold before the oldest that is open: what ends later comes after it."""
    entry = Entry.objects.aggregate(last=Max("id"))["last"] or 0
    oldest = Hold.objects.filter(state=HoldState.OPEN).aggregate(first=Min("id"))["first"]
    hold = oldest - 1 if oldest else Hold.objects.aggregate(last=Max("id"))["last"] or 0
    return {"entries": entry, "holds": hold}


def touched(since: Marks) -> list[int]:
    """Accounts with an entry or a hold after these marks."""
    moved = Entry.objects.filter(pk__gt=since.get("entries", 0)).values_list("account_id", flat=True)
    held = Hold.objects.filter(pk__gt=since.get("holds", 0)).values_list("account_id", flat=True)
    return sorted(set(moved.distinct()) | set(held.distinct()))


def offenders(code: str, rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
    """Freeze the accounts a violation of the ledger names."""
    if code.startswith("L"):
        services.freeze_accounts(accounts_of(rows), code=code, actor=RECONCILER, at=at)


def accounts_of(rows: Sequence[dict[str, Any]]) -> set[int]:
    """The accounts the rows of a violation are about."""
    found = {int(row["account_id"]) for row in rows if row.get("account_id")}
    for name, things in WAYS.items():
        keys = {row[name] for row in rows if row.get(name) and not row.get("account_id")}
        if keys:
            found |= set(things.filter(pk__in=keys).values_list("account_id", flat=True))
    return found


def frozen(at: datetime) -> dict[str, Any]:
    """Accounts that may not spend, newest first."""
    rows = Freeze.objects.filter(lifted_at=None).select_related("account__member", "account__asset")
    return {"rows": rows.order_by("-id")[:SHOWN]}


def register() -> None:
    watches.register(
        Watch(
            code="ledger",
            is_narrow=is_narrow,
            narrow=narrow,
            touched=touched,
            marks=marks,
            last=lambda: Account.objects.aggregate(last=Max("id"))["last"] or 0,
            offenders=offenders,
        )
    )
    sections.register(Section("frozen", "ledger/_frozen.html", frozen, order=10))
