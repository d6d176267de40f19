"""What the ledger tells the reconciliation: how to ask invariants of some accounts alone, which accounts
moved lately, and what to do about those that break one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from apps.core.audit import Actor
from apps.core.truth.watching import Section, Watch, sections, watches
from apps.ledger import services
from apps.ledger.models import Account, Entry, Freeze, Hold, Lot

RECONCILER = Actor("core.reconcile")
WHOLE = {"L6", "L7", "L11", "L12"}  # can't be asked of some accounts alone
ACCOUNT_SCOPED_CLEARING = {"K1", "K2", "K3", "K4"}
# The tables under their own names, of the chosen accounts: the invariant's SQL reads these instead.
NARROW = """
  WITH ledger_account AS (SELECT * FROM ledger_account WHERE id {which}),
  ledger_entry AS (SELECT * FROM ledger_entry WHERE account_id {which}),
  ledger_lot AS (SELECT * FROM ledger_lot WHERE account_id {which}),
  ledger_hold AS (SELECT * FROM ledger_hold WHERE account_id {which}),
  ledger_allocation AS (SELECT * FROM ledger_allocation WHERE lot_id IN (SELECT id FROM ledger_lot)),
  ledger_extension AS (SELECT * FROM ledger_extension WHERE lot_id IN (SELECT id FROM ledger_lot)),
  ledger_reversal AS (SELECT * FROM ledger_reversal WHERE entry_id IN (SELECT id FROM ledger_entry))
  SELECT * FROM ({sql}) violated"""
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


def narrowed(sql: str, accounts: Sequence[int] | tuple[int, int]) -> str:
    """The invariant of these accounts: a list of keys, or a pair (after, upto)."""
    if isinstance(accounts, tuple):
        which = f"BETWEEN {int(accounts[0]) + 1} AND {int(accounts[1])}"
    else:
        which = f"= ANY ('{{{','.join(str(int(pk)) for pk in accounts)}}}'::bigint[])"
    return NARROW.replace("{which}", which).replace("{sql}", sql)


def touched(since: int) -> list[int]:
    """Accounts with an entry after this one."""
    moved = Entry.objects.filter(pk__gt=since).order_by("account_id").values_list("account_id", flat=True)
    return list(moved.distinct())


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
            narrowed=narrowed,
            touched=touched,
            watermark=lambda: Entry.objects.aggregate(last=Max("id"))["last"] or 0,
            last=lambda: Account.objects.aggregate(last=Max("id"))["last"] or 0,
            offenders=offenders,
        )
    )
    sections.register(Section("frozen", "ledger/_frozen.html", frozen, order=10))
