"""What a member has, principal and gift apart, and how it came to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from apps.core import roundtrip
from apps.ledger.assets import asset_id
from apps.ledger.models import Entry
from apps.wallet.assets import ASSETS, GIFT, PRINCIPAL
from apps.wallet.rules import Split

_BALANCE = """
  SELECT a.asset_id, a.balance, a.held,
         coalesce(sum(l.remaining) FILTER (WHERE l.expires_on IS NULL OR l.expires_on >= %s), 0)::bigint,
         min(l.expires_on) FILTER (WHERE l.expires_on >= %s)
    FROM ledger_account a LEFT JOIN ledger_lot l ON l.account_id = a.id AND l.is_open
   WHERE a.member_id = %s AND a.asset_id = ANY (%s::smallint[])
   GROUP BY a.id"""


@dataclass(frozen=True, slots=True)
class Balance:
    """In fen. ``spendable`` is what a till may take now; ``held_fen`` waits in open sales. Gift ends first on
    ``gift_expires_on``."""

    principal_fen: int
    gift_fen: int
    held_fen: int
    spendable: Split
    gift_expires_on: date | None

    @property
    def amount_fen(self) -> int:
        return self.principal_fen + self.gift_fen


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the statement: the entry, and whether it moved gift."""

    entry: Entry
    is_gift: bool

    @property
    def kind(self) -> str:
        """Of the source key: topup, pay, payback, paidout, farewell; else what the entry is."""
        return (self.entry.source or self.entry.kind).partition(":")[0]

    @property
    def number(self) -> str:
        """What the source key names."""
        return (self.entry.source or "::").split(":")[1]


def balance_of(member_id: int, *, day: date) -> Balance:
    """Principal and gift of a member on a business day, in one query."""
    assets = [asset_id(code) for code in ASSETS]
    rows = roundtrip.fetch(_BALANCE, [day, day, member_id, assets])
    found = {asset: rest for asset, *rest in rows}
    (principal, p_held, p_alive, _never), (gift, g_held, g_alive, last_day) = (
        found.get(asset, (0, 0, 0, None)) for asset in assets
    )
    return Balance(
        principal_fen=principal,
        gift_fen=gift,
        held_fen=p_held + g_held,
        spendable=Split(max(p_alive - p_held, 0), max(g_alive - g_held, 0)),
        gift_expires_on=last_day,
    )


def movements(
    member_id: int, *, before_id: int | None = None, upto: datetime | None = None, limit: int = 50
) -> Sequence[Movement]:
    """A member's latest entries of both assets, newest first."""
    ids = {asset_id(PRINCIPAL): False, asset_id(GIFT): True}
    entries = Entry.objects.filter(account__member_id=member_id, account__asset_id__in=ids)
    if before_id is not None:
        entries = entries.filter(pk__lt=before_id)
    if upto is not None:
        entries = entries.filter(at__lt=upto)
    rows = entries.select_related("account", "store", "staff").order_by("-pk")[:limit]
    return [Movement(entry, ids[entry.account.asset_id]) for entry in rows]
