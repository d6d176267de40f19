"""Crediting and debiting.

A *posting* is one wish to move value: positive amounts are granted to lots, negative ones are taken
from the lots that expire soonest. ``post`` writes any number of them in one round trip and either
all or none; each source key acts once, for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from apps.core import clock
from apps.core.roundtrip import array, jsonb, numbers, texts
from apps.ledger.assets import asset_id
from apps.ledger.services._call import call
from apps.ledger.services._terms import check_kind, check_lots, check_positive

_POST_ONE = """SELECT * FROM ledger_post_one(%s, %s::smallint, %s, %s, %s, %s, %s, %s::jsonb, %s, %s,
  %s, %s, %s, %s::bigint[], %s::date[], %s::date[])"""
_POST = """SELECT * FROM ledger_post(%s::bigint[], %s::smallint[], %s::text[], %s::bigint[], %s::text[],
  %s::timestamptz[], %s::date[], %s::text[]::jsonb[], %s::bigint[], %s::bigint[],
  %s::int[], %s::bigint[], %s::date[], %s::date[])"""


@dataclass(frozen=True, slots=True)
class LotGrant:
    """Part of a credit: valid through ``expires_on`` (None: for ever), spendable from ``available_on``."""

    amount: int
    expires_on: date | None = None
    available_on: date | None = None


_NO_LOT = LotGrant(0)


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement of one member's asset, in whole units. A credit without lots never expires."""

    member_id: int
    kind: str
    amount: int
    at: datetime
    asset: str = "points"
    source: str | None = None
    explanation: Mapping[str, Any] = field(default_factory=dict)
    lots: tuple[LotGrant, ...] = ()
    staff_id: int | None = None
    store_id: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """The entry written and the account's balance after it."""

    entry_id: int
    balance: int


def post(postings: Sequence[Posting]) -> list[Posted]:
    """Write all postings, in their order, in one statement.

    Raises NotEnough, AlreadyPosted, LotsDoNotAddUp, PrincipalNeverExpires, KindDoesNotFit, NotAWholeAmount,
    NotStorable or UnknownMember; then nothing was written and the surrounding transaction, if any, must be
    rolled back.
    """
    if not postings:
        return []
    for posting in postings:
        check_kind(posting.kind, posting.amount)
        check_lots(posting.asset, posting.amount, posting.lots)
    if len(postings) == 1:
        return [_post_one(postings[0])]
    return [Posted(*row) for row in call(_POST, _columns(postings))]


def _post_one(posting: Posting) -> Posted:
    first, *more = _lots(posting) or (_NO_LOT,)
    values = [
        posting.member_id,
        asset_id(posting.asset),
        posting.kind,
        posting.amount,
        posting.source,
        posting.at,
        clock.business_day(posting.at),
        jsonb(posting.explanation),
        posting.staff_id,
        posting.store_id,
        first.amount,
        first.available_on,
        first.expires_on,
        numbers(lot.amount for lot in more) if more else None,
        array(lot.available_on for lot in more) if more else None,
        array(lot.expires_on for lot in more) if more else None,
    ]
    return Posted(*call(_POST_ONE, values)[0])


def _columns(postings: Sequence[Posting]) -> list[object]:
    lots = [(n, lot) for n, p in enumerate(postings, 1) for lot in _lots(p)]
    return [
        numbers(p.member_id for p in postings),
        numbers(asset_id(p.asset) for p in postings),
        texts(p.kind for p in postings),
        numbers(p.amount for p in postings),
        texts(p.source for p in postings),
        array(p.at for p in postings),
        array(clock.business_day(p.at) for p in postings),
        texts(jsonb(p.explanation) for p in postings),
        numbers(p.staff_id for p in postings),
        numbers(p.store_id for p in postings),
        numbers(n for n, _ in lots),
        numbers(lot.amount for _, lot in lots),
        array(lot.available_on for _, lot in lots),
        array(lot.expires_on for _, lot in lots),
    ]


def _lots(posting: Posting) -> Sequence[LotGrant]:
    if posting.amount < 0:
        return ()
    return posting.lots or (LotGrant(posting.amount),)


def award(
    *,
    member_id: int,
    amount: int,
    at: datetime,
    source: str,
    expires_on: date | None,
    explanation: Mapping[str, Any] | None = None,
    asset: str = "points",
) -> Posted:
    """Credit one lot. Units of the asset; raises AlreadyPosted."""
    check_positive(amount)
    lots = (LotGrant(amount, expires_on),)
    return post([Posting(member_id, "award", amount, at, asset, source, explanation or {}, lots)])[0]


def spend(
    *,
    member_id: int,
    amount: int,
    at: datetime,
    source: str,
    explanation: Mapping[str, Any] | None = None,
    asset: str = "points",
) -> Posted:
    """Take ``amount`` from the lots that expire soonest. Raises NotEnough, AlreadyPosted."""
    check_positive(amount)
    return post([Posting(member_id, "spend", -amount, at, asset, source, explanation or {})])[0]
