"""Activities as growth sees them: those just recorded, and those of the past.

What is paid with points gives no growth. A refund tells what is left of its purchase, so that the growth of
what is left can be worked out again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from apps.activity.models import Activity, ActivityKind
from apps.core import clock
from apps.points import rules as points
from apps.tiers.rules import Deed

CHUNKS_AT_MOST = 2_000
ACTIVITIES_AT_ONCE = 5_000
_RANGES = """
  WITH busy AS (SELECT member_id, count(*) AS n FROM activity_activity GROUP BY member_id),
  cut AS (SELECT member_id, n, (sum(n) OVER (ORDER BY member_id) - n)
                 / greatest(%s, (SELECT sum(n) FROM busy) / %s)::bigint AS piece FROM busy)
  SELECT min(member_id), max(member_id), sum(n)::bigint FROM cut GROUP BY floor(piece) ORDER BY 1"""
_DEEDS = """
  SELECT a.id, a.member_id, a.kind, a.occurred_at, a.amount_fen, a.discount_fen, c.code, a.refund_of_id,
         {lines}
    FROM activity_activity a JOIN members_channel c ON c.id = a.channel_id
   WHERE {which}
     AND NOT EXISTS (SELECT 1 FROM ledger_decline d
                      WHERE d.source = 'activity:' || a.id || ':points' AND d.reason = '{inactive}')
   ORDER BY a.member_id, a.occurred_at, a.kind = 'refund', a.id"""
_LINES = """(SELECT json_agg(json_build_array(l.category, l.amount_fen) ORDER BY l.id)
              FROM activity_line l WHERE l.activity_id = a.id)"""
_RANGE = "a.member_id BETWEEN %s AND %s"
_MEMBERS = "a.member_id = ANY (%s) AND a.occurred_at >= %s"
Told = dict[int, list[Deed]]


@dataclass(frozen=True)
class ActivityReader:
    """Reads activities for ``tiers.history``."""

    def ranges(self) -> Sequence[tuple[int, int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(_RANGES, [ACTIVITIES_AT_ONCE, CHUNKS_AT_MOST])
            return cursor.fetchall()

    def of_range(self, first: int, last: int, *, with_lines: bool) -> Mapping[int, list[Deed]]:
        return _told(_RANGE, [first, last], with_lines)

    def of_members(
        self, member_ids: Collection[int], since: datetime, *, with_lines: bool
    ) -> Mapping[int, list[Deed]]:
        return _told(_MEMBERS, [sorted(member_ids), since], with_lines)


def of_basket(activity_id: int, member_id: int, basket: points.Basket) -> Deed:
    """An activity as it is being recorded; ``basket`` is what was paid with money."""
    lines = tuple((line.category, line.amount_fen) for line in basket.lines)
    return Deed(
        activity_id, member_id, basket.kind, basket.occurred_at, basket.amount_fen, basket.channel, lines
    )


def of_refund(activity_id: int, purchase: Activity, left: points.Basket, at: datetime) -> Deed:
    """A refund as it is being recorded; ``left`` is what is left of the purchase, paid with money."""
    deed = of_basket(activity_id, purchase.member_id, left)
    is_gone = not any(line.quantity for line in left.lines)
    return replace(
        deed, kind=ActivityKind.REFUND.value, occurred_at=at, refund_of=purchase.pk, is_gone=is_gone
    )


def _told(which: str, values: list, with_lines: bool) -> Told:
    lines = _LINES if with_lines else "NULL"
    sql = _DEEDS.format(which=which, lines=lines, inactive=points.Reason.INACTIVE)
    told: Told = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for deed in _deeds(cursor):
            told[deed.member_id].append(deed)
    return told


def _deeds(rows: Iterable[tuple]) -> Iterable[Deed]:
    zone, left = clock.zone(), {}
    for activity_id, member_id, kind, at, amount, discount, channel, refund_of, lines in rows:
        paid = _paid(tuple(map(tuple, lines or ())), discount)
        deed = Deed(
            activity_id,
            member_id,
            str(kind),
            at.astimezone(zone),
            amount - discount,
            channel,
            paid,
            refund_of,
        )
        if refund_of is None:
            left[activity_id] = (deed, amount)
        elif refund_of in left:
            deed, gross = _after(deed, amount, *left[refund_of])
            left[refund_of] = (deed, gross)
        yield deed


def _after(refund: Deed, refunded: int, before: Deed, gross: int) -> tuple[Deed, int]:
    """The refund with what it leaves of its purchase."""
    by_category: dict[str, int] = defaultdict(int)
    for category, fen in before.lines:
        by_category[category] += fen
    for category, fen in refund.lines:
        by_category[category] -= fen
    rest = replace(
        refund,
        paid_fen=before.paid_fen - refund.paid_fen,
        lines=tuple(by_category.items()),
        is_gone=refunded >= gross,
    )
    return rest, gross - refunded


def _paid(lines: tuple[tuple[str, int], ...], discount: int) -> tuple[tuple[str, int], ...]:
    """The lines less their shares of the money paid with points."""
    if not discount or not lines:
        return lines
    shares = points.share(discount, [fen for _category, fen in lines])
    return tuple((category, fen - part) for (category, fen), part in zip(lines, shares, strict=True))
