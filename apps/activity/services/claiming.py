"""Claiming facts: whoever inserts (channel, external id) first owns the fact, for ever."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.activity.rules import Fact, Reason, fault_of
from apps.core import roundtrip
from apps.ledger.assets import asset_id

_CLAIM = """SELECT * FROM activity_claim(
  %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
  %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[]::jsonb[], %s::bytea[],
  %s::int[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s, %s::smallint)"""


_CLAIM_ONE = """SELECT * FROM activity_claim_one(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb,
  %s::bytea, %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s, %s::smallint, NULL)"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of one fact: new (the member's status is known), known already (no fault), or refused.

    ``rulebook`` is the stamp of the rules in force, where it was read on the way.
    """

    fact: Fact
    activity_id: int | None = None
    fault: str = ""
    member_status: str = ""
    store_code: str = ""
    rulebook: int | None = None

    @property
    def is_new(self) -> bool:
        return bool(self.member_status)


def claim(facts: Sequence[Fact], *, at: datetime) -> list[Claim]:
    """Insert the facts and their lines, lock their members' points accounts, announce: one round trip.

    The answer is in the order of ``facts``. A key that comes twice counts once.
    """
    claims = [Claim(fact, fault=fault_of(fact, at)) for fact in facts]
    hashes = ["" if item.fault else body_hash(item.fact) for item in claims]
    firsts: dict[tuple[str, str], int] = {}
    repeats = []
    for n, item in enumerate(claims):
        if not item.fault and firsts.setdefault((item.fact.channel, item.fact.external_id), n) != n:
            repeats.append(n)
    order = [firsts[key] for key in sorted(firsts)]
    for item, *known in _insert([facts[n] for n in order], [hashes[n] for n in order], at):
        claims[order[item - 1]] = _claim(facts[order[item - 1]], *known)
    for n in repeats:
        first = firsts[facts[n].channel, facts[n].external_id]
        claims[n] = _again(claims[first], facts[n], hashes[first] == hashes[n])
    return claims


def body_hash(fact: Fact) -> str:
    """SHA-256 of the canonical JSON of what the fact says."""
    return hashlib.sha256(roundtrip.canonical_json(fact.stated())).hexdigest()


def _claim(
    fact: Fact,
    activity_id: int | None,
    status: str | None,
    store: str | None,
    fault: str | None,
    rulebook: int | None = None,
) -> Claim:
    return Claim(fact, activity_id, fault or "", status or "", store or "", rulebook)


def _again(first: Claim, fact: Fact, is_same: bool) -> Claim:
    if first.activity_id is None:
        return Claim(fact, fault=first.fault)
    return Claim(fact, first.activity_id, "" if is_same else Reason.DIFFERENT_BODY)


def _insert(facts: list[Fact], hashes: list[str], at: datetime) -> list[tuple]:
    if len(facts) == 1:
        return [(1, *_insert_one(facts[0], hashes[0], at))]
    if not facts:
        return []
    lines = [(n, line) for n, fact in enumerate(facts, 1) for line in fact.kept_lines]
    columns = [
        roundtrip.texts(fact.channel for fact in facts),
        roundtrip.texts(fact.external_id for fact in facts),
        roundtrip.texts(fact.kind for fact in facts),
        roundtrip.numbers(fact.member_id for fact in facts),
        roundtrip.numbers(fact.store_id for fact in facts),
        roundtrip.numbers(fact.staff_id for fact in facts),
        roundtrip.array(fact.occurred_at for fact in facts),
        roundtrip.numbers(fact.total_fen for fact in facts),
        roundtrip.numbers(fact.discount_fen for fact in facts),
        roundtrip.numbers(fact.points_spent for fact in facts),
        roundtrip.numbers(fact.refund_of for fact in facts),
        roundtrip.texts(roundtrip.jsonb(fact.attributes) if fact.attributes else "{}" for fact in facts),
        roundtrip.texts(f"\\x{digest}" for digest in hashes),
        roundtrip.numbers(n for n, _line in lines),
        roundtrip.texts(line.category for _n, line in lines),
        roundtrip.texts(line.sku for _n, line in lines),
        roundtrip.numbers(line.quantity for _n, line in lines),
        roundtrip.numbers(line.amount_fen for _n, line in lines),
        roundtrip.numbers(line.takes_back for _n, line in lines),
    ]
    return roundtrip.fetch(_CLAIM, [*columns, at, asset_id("points")])


def _insert_one(fact: Fact, digest: str, at: datetime) -> tuple:
    return roundtrip.fetch(_CLAIM_ONE, values_of(fact, digest, at))[0]


def values_of(fact: Fact, digest: str, at: datetime) -> list[Any]:
    """One fact as ``activity_claim_one`` takes it."""
    lines = fact.kept_lines
    return [
        fact.channel,
        fact.external_id,
        fact.kind,
        fact.member_id,
        fact.store_id,
        fact.staff_id,
        fact.occurred_at,
        fact.total_fen,
        fact.discount_fen,
        fact.points_spent,
        fact.refund_of,
        roundtrip.jsonb(fact.attributes) if fact.attributes else "{}",
        f"\\x{digest}",
        roundtrip.texts(line.category for line in lines),
        roundtrip.texts(line.sku for line in lines),
        roundtrip.numbers(line.quantity for line in lines),
        roundtrip.numbers(line.amount_fen for line in lines),
        roundtrip.numbers(line.takes_back for line in lines),
        at,
        asset_id("points"),
    ]
