"""Locking accounts, and recording awards that did not happen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core.roundtrip import jsonb
from apps.ledger.assets import asset_id
from apps.ledger.errors import AlreadyPosted, UnknownMember
from apps.ledger.services._call import call


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as it stands under its lock."""

    id: int
    balance: int
    held: int
    owed: int


@dataclass(frozen=True, slots=True)
class Declined:
    """A fact that earned nothing, and why."""

    source: str
    member_id: int
    at: datetime
    reason: str
    explanation: Mapping[str, Any] = field(default_factory=dict)
    asset: str = "points"


def lock_accounts(member_ids: Collection[int], asset: str = "points") -> dict[int, AccountState]:
    """Create missing accounts and lock them all in primary-key order, for the rest of the transaction.

    Raises UnknownMember.
    """
    members = sorted(set(member_ids))
    sql = "SELECT * FROM ledger_lock(%s::bigint[], %s::smallint)"
    rows = call(sql, [members, asset_id(asset)])
    states = {member_id: AccountState(*state) for member_id, *state in rows}
    for member_id in members:
        if member_id not in states:
            raise UnknownMember(member_id)
    return states


def decline(declined: Sequence[Declined]) -> None:
    """Record awards that did not happen, in one statement. Raises AlreadyPosted, also for the key of
    an entry; then the surrounding transaction must be rolled back."""
    if not declined:
        return
    sql = """INSERT INTO ledger_decline (source, member_id, asset_id, at, reason, explanation)
      SELECT u.s, u.m, u.a, u.t, u.r, u.e::jsonb FROM unnest(%s::text[], %s::bigint[], %s::smallint[],
        %s::timestamptz[], %s::text[], %s::text[]) AS u (s, m, a, t, r, e)
       WHERE NOT EXISTS (SELECT 1 FROM ledger_entry x WHERE x.source = u.s) RETURNING source"""
    columns = [
        [d.source for d in declined],
        [d.member_id for d in declined],
        [asset_id(d.asset) for d in declined],
        [d.at for d in declined],
        [d.reason for d in declined],
        [jsonb(d.explanation) for d in declined],
    ]
    with transaction.atomic(savepoint=False):
        written = {source for (source,) in call(sql, columns)}
        for each in declined:
            if each.source not in written:
                raise AlreadyPosted(each.source)
