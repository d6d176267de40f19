"""Members with lots that are due, made through the ledger's door."""

from datetime import UTC, date, datetime

from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.points import queries
from apps.points import services as points
from tests.factories import MemberFactory

EARNED = datetime(2017, 6, 1, 4, tzinfo=UTC)
AT = datetime(2019, 1, 1, 18, tzinfo=UTC)  # 02:00 on 2 January in the shop
AS_OF = date(2019, 1, 1)
DUE, NOT_YET = date(2018, 12, 31), date(2019, 1, 1)
OPERATIONS = Actor("operations")


def grant(member, *lots, at=EARNED, source=None):
    """One award in lots of (amount, last day)."""
    amount = sum(amount for amount, _ in lots)
    made = tuple(ledger.LotGrant(*lot) for lot in lots)
    posting = ledger.Posting(member.pk, "award", amount, at, lots=made, source=source)
    return ledger.post([posting])[0].entry_id


def crowd(store, size):
    """``size`` members: n points due for the n-th, and 7 that are not."""
    members = [MemberFactory(home_store=store) for _ in range(size)]
    for number, member in enumerate(members, 1):
        grant(member, (number, DUE), (7, NOT_YET))
    return members


def plan(as_of=AS_OF, at=AT):
    return points.plan_clearing(as_of=as_of, actor=OPERATIONS, at=at)


def run(planned, at=AT):
    """Start and clear all chunks; the run as it ended."""
    points.start_clearing(run_id=planned.pk, actor=OPERATIONS, at=at)
    while points.run_chunk(run_id=planned.pk, at=at):
        pass
    points.finish_clearing(run_id=planned.pk, at=at)
    planned.refresh_from_db()
    return planned


def totals(run):
    return {"accounts": run.accounts, "lots": run.lots, "points": run.points}


def planned_totals(run):
    return {name: run.plan[name] for name in ("accounts", "lots", "points")}


def progress(run):
    return queries.progress(run.pk)
