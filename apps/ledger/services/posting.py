"""Crediting and debiting.

A *posting* is one wish to move value: positive amounts are granted to lots, negative ones are taken
from the lots that expire soonest. ``post`` writes any number of them in one round trip and either
all or none; each source key acts once, for ever.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from apps.core import clock
from apps.ledger.assets import asset_id, check_expiry
from apps.ledger.services._call import call

_POST = """SELECT * FROM ledger_post(%s::bigint[], %s::smallint[], %s::text[], %s::bigint[], %s::text[],
  %s::timestamptz[], %s::date[], %s::text[]::jsonb[], %s::bigint[], %s::bigint[],
  %s::int[], %s::bigint[], %s::date[], %s::date[])"""


@dataclass(frozen=True, slots=True)
class LotGrant:
    """Part of a credit: valid through ``expires_on`` (None: for ever), spendable from ``available_on``."""

    amount: int
    expires_on: date | None = None
    available_on: date | None = None


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

    Raises NotEnough, LotsDoNotAddUp, PrincipalNeverExpires or AlreadyPosted; then nothing was written and
    the surrounding transaction, if any, must be rolled back.
    """
    if not postings:
        return []
    lots = [(n, lot) for n, p in enumerate(postings, 1) if p.amount >= 0 for lot in _lots(p)]
    rows = call(
        _POST,
        [
            [p.member_id for p in postings],
            [asset_id(p.asset) for p in postings],
            [p.kind for p in postings],
            [p.amount for p in postings],
            [p.source for p in postings],
            [p.at for p in postings],
            [clock.business_day(p.at) for p in postings],
            [json.dumps(p.explanation, ensure_ascii=False) for p in postings],
            [p.staff_id for p in postings],
            [p.store_id for p in postings],
            [n for n, _ in lots],
            [lot.amount for _, lot in lots],
            [lot.available_on for _, lot in lots],
            [lot.expires_on for _, lot in lots],
        ],
    )
    return [Posted(entry_id, balance) for _, entry_id, balance in rows]


def _lots(posting: Posting) -> Sequence[LotGrant]:
    for lot in posting.lots:
        check_expiry(posting.asset, lot.expires_on)
    return posting.lots or ((LotGrant(posting.amount),) if posting.amount else ())


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
    return post([Posting(member_id, "spend", -amount, at, asset, source, explanation or {})])[0]
