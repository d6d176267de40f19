"""History as a replay reads it: every activity with its basket and what it was awarded, in the order decided.

Activities of one batch were decided by when they occurred, refunds after the rest; batches one after the
other. Where that is not the whole truth, the numbers of the ledger's entries are (``rules.as_decided``).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

from django.db import connection

from apps.activity.rules import Deed, LinePart, SoldLine, as_decided
from apps.activity.rules.replaying import ACTIVE
from apps.core import clock
from apps.points import rules

ACTIVITIES_AT_ONCE = 2_000
CHUNKS_AT_MOST = 400

_RANGES = """
  WITH busy AS (
    SELECT member_id, count(*) AS n FROM activity_activity
     WHERE occurred_at >= %(starts)s AND occurred_at < %(ends)s AND id <= %(last)s AND kind <> 'refund'
     GROUP BY member_id),
  cut AS (
    SELECT member_id, n, (sum(n) OVER (ORDER BY member_id) - n)
           / greatest(%(size)s, (SELECT sum(n) FROM busy) / %(chunks)s)::bigint AS piece FROM busy)
  SELECT min(member_id), max(member_id), sum(n)::bigint FROM cut GROUP BY floor(piece) ORDER BY 1"""
_DEEDS = """
  SELECT a.id, a.member_id, a.kind, a.occurred_at, a.amount_fen, a.discount_fen, c.code,
         coalesce(s.code, ''), a.refund_of_id,
         coalesce(e.amount, 0), coalesce(e.explanation, d.explanation), coalesce(e.id, r.id),
         l.ids, l.categories, l.skus, l.quantities, l.amounts, l.takes_back
    FROM activity_activity a
    JOIN members_channel c ON c.id = a.channel_id
    LEFT JOIN stores_store s ON s.id = a.store_id
    LEFT JOIN ledger_entry e ON e.source = 'activity:' || a.id || ':points'
    LEFT JOIN ledger_decline d ON d.source = 'activity:' || a.id || ':points'
    LEFT JOIN ledger_entry o ON o.source = 'activity:' || a.refund_of_id || ':points'
    LEFT JOIN ledger_entry r ON r.source = 'refund:' || a.id || ':' || o.id
    LEFT JOIN LATERAL (
      SELECT array_agg(id ORDER BY id) AS ids, array_agg(category ORDER BY id) AS categories,
             array_agg(sku ORDER BY id) AS skus, array_agg(quantity ORDER BY id) AS quantities,
             array_agg(amount_fen ORDER BY id) AS amounts,
             array_agg(refunds_line_id ORDER BY id) AS takes_back
        FROM activity_line WHERE activity_id = a.id) l ON true
   WHERE a.member_id BETWEEN %(first)s AND %(final)s AND a.id <= %(last)s AND a.occurred_at < %(ends)s
     AND a.occurred_at >= %(since)s
   ORDER BY a.member_id, min(a.id) OVER (PARTITION BY a.member_id, a.recorded_at), a.kind = 'refund',
            a.occurred_at, e.id IS NULL, coalesce(e.id, d.id), a.id"""
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """A stretch of history: activities up to ``last_activity`` that occurred in [starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime
    last_activity: int


@dataclass(frozen=True)
class MemberRange:
    """Members by primary key, both ends included, and how many activities are theirs."""

    first: int
    last: int
    activities: int


def newest_activity() -> int:
    """The id of the activity recorded last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM activity_activity")
        return cursor.fetchone()[0]


def member_ranges(window: Window, *, size: int = ACTIVITIES_AT_ONCE) -> list[MemberRange]:
    """The members active in a window, cut into ranges of about ``size`` activities; refunds don't count."""
    facts = {
        "starts": window.starts_at,
        "ends": window.ends_at,
        "last": window.last_activity,
        "size": size,
        "chunks": CHUNKS_AT_MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RANGES, facts)
        return [MemberRange(*row) for row in cursor]


def deeds_by_member(
    first: int, final: int, window: Window, *, since: datetime | None
) -> Iterator[tuple[int, list[Deed]]]:
    """(member id, deeds) of a range, from ``since`` (None: from the beginning) to the end of the window."""
    facts = {
        "first": first,
        "final": final,
        "last": window.last_activity,
        "ends": window.ends_at,
        "since": since or _ALWAYS,
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(_DEEDS, facts)
        for member_id, deeds in groupby(map(_deed, cursor), key=attrgetter("member_id")):
            yield member_id, as_decided(list(deeds))


def _deed(row: tuple) -> Deed:
    activity_id, member_id, kind, occurred_at, amount, discount, channel, *rest = row
    store, refund_of, awarded, proof, entry, *columns = rest
    lines = tuple(zip(*columns, strict=True)) if columns[0] else ()
    basket = rules.Basket(
        kind=kind,
        occurred_at=occurred_at.astimezone(clock.zone()),
        amount_fen=amount,
        lines=tuple(rules.BasketLine(*line[1:5]) for line in lines),
        channel=channel,
        store=store,
    )
    if refund_of is not None:
        returned = tuple(LinePart(line[5], line[3], line[4], 0) for line in lines)
        return Deed(activity_id, member_id, basket, entry=entry, refund_of=refund_of, returned=returned)
    shares = rules.share(discount, [line[4] for line in lines])
    sold = tuple(SoldLine(*line[:5], share) for line, share in zip(lines, shares, strict=True))
    told = json.loads(proof) if proof else {}
    paid = basket.without_points(discount)
    return Deed(activity_id, member_id, paid, awarded, told, entry, told.get("status", ACTIVE), sold)
