"""Counting the liability book behind the tills.

A count grows by what was entered since, seen as a whole once nothing of it can change: the newest entry is
*marked*; when every transaction that was under way then has ended, all entries up to the mark are there
for good or never will be, because an account is locked (which gives its transaction a number) before its
entry is numbered. So entries are neither missed nor met twice, whoever commits late, and the tills know
nothing of it. A new count walks all accounts up to its mark first and then takes the live one's place.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from apps.core import audit, clock
from apps.core.audit import Actor
from apps.ledger.assets import asset_id
from apps.ledger.models import Account, Entry
from apps.points import cells
from apps.points.book_models import BookCount

ENTRIES_AT_ONCE = 20_000
ACCOUNTS_AT_ONCE = 10_000
MARK_ANEW = timedelta(minutes=10)  # a number from another server's life would never be reached

_ADD = """
  , added_cells AS (
    INSERT INTO points_bookcell AS b (count_id, store_id, earned_on, expires_on, lots, points, granted,
                                     lapsed)
    SELECT %(count)s, store_id, earned_on, expires_on, lots, points, granted, lapsed FROM changed_cells
     WHERE (lots, points, granted, lapsed) <> (0, 0, 0, 0)
    ON CONFLICT ON CONSTRAINT points_bookcell_once DO UPDATE
      SET lots = b.lots + excluded.lots, points = b.points + excluded.points,
          granted = b.granted + excluded.granted, lapsed = b.lapsed + excluded.lapsed
  ), added_crowds AS (
    INSERT INTO points_bookcrowd AS b (count_id, level, store_id, month, members)
    SELECT %(count)s, level, store_id, month, members FROM changed_crowds WHERE members <> 0
    ON CONFLICT ON CONSTRAINT points_bookcrowd_once DO UPDATE SET members = b.members + excluded.members
  )
  SELECT entries, owed FROM changed_sums"""

# Who has numbered an entry holds the table, and the lock of the own transaction's number, to the end. Numbers
# of locks have 32 bits and go round.
_UNSETTLED = """
  SELECT 1 FROM pg_locks t JOIN pg_locks r USING (virtualtransaction)
   WHERE t.locktype = 'transactionid' AND t.mode = 'ExclusiveLock' AND t.granted
     AND ((%s - t.transactionid::text::bigint) & 4294967295) < 2147483648
     AND r.locktype = 'relation' AND r.relation = 'ledger_entry'::regclass
     AND r.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1"""


@transaction.atomic
def recount(*, actor: Actor, at: datetime) -> bool:
    """Begin a count of all lots anew; the live one is read until it is done. False when one is being made."""
    _count, is_new = BookCount.objects.get_or_create(is_live=False, defaults={"started_at": at})
    if is_new:
        audit.record("points.recount_book", actor=actor, subject=("points.book", "now"), at=at)
    return is_new


def count_step(*, at: datetime) -> bool:
    """One step of the counts that are made or kept; False when there is nothing to do by now."""
    newest = Entry.objects.aggregate(last=Max("id"))["last"] or 0  # read before the mark takes its number
    if not BookCount.objects.exists():
        BookCount.objects.get_or_create(is_live=False, defaults={"started_at": at})
    return any([_step(count, newest, at) for count in BookCount.objects.order_by("is_live", "pk")])


@transaction.atomic
def _step(known: BookCount, newest: int, at: datetime) -> bool:
    count = BookCount.objects.select_for_update(skip_locked=True).filter(pk=known.pk).first()
    if count is None:
        return False
    if count.is_live and count.marked <= count.through:
        return newest > count.through and _mark(count, newest, at)
    if count.marked_at is None:
        return _mark(count, newest, at)
    if not settled(count.marked_xid):
        return at > count.marked_at + MARK_ANEW and _mark(count, newest, at)
    return _fold(count) if count.is_live else _walk(count)


def settled(xid: int) -> bool:
    """Whether every transaction on entries that was numbered before this one has ended."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED, [xid])
        return cursor.fetchone() is None


def _mark(count: BookCount, newest: int, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        count.marked, count.marked_xid, count.marked_at = newest, cursor.fetchone()[0], at
    count.save(update_fields=["marked", "marked_xid", "marked_at"])
    return True


def _fold(count: BookCount) -> bool:
    """Add the next entries up to the mark."""
    upto = min(count.marked, count.through + ENTRIES_AT_ONCE)
    _add(count, cells.SINCE, since=count.through, through=upto)
    count.through = upto
    if upto == count.marked:
        count.counted_at = count.marked_at
    count.save(update_fields=["through", "counted_at", "entries", "owed"])
    return True


def _walk(count: BookCount) -> bool:
    """Add the next accounts; after the last the count is live."""
    last = Account.objects.aggregate(last=Max("id"))["last"] or 0
    if count.after < last:
        upto = min(count.after + ACCOUNTS_AT_ONCE, last)
        _add(count, cells.OF_RANGE, since=0, through=count.marked, first=count.after, last=upto)
        count.after = upto
    else:
        BookCount.objects.filter(is_live=True).delete()
        count.is_live, count.through, count.counted_at = True, count.marked, count.marked_at
    count.save()
    return True


def _add(count: BookCount, source: str, **span: int) -> None:
    facts: dict[str, Any] = {
        "count": count.pk,
        "asset": asset_id("points"),
        "zone": str(clock.zone()),
        **span,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL enable_mergejoin = off; SET LOCAL work_mem = '64MB'")
        cursor.execute(source + _ADD, facts)
        entries, owed = cursor.fetchone()
    count.entries += entries
    count.owed += owed
