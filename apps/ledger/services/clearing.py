"""Booking expiry. A lot past its last day can't be spent whether or not this has run."""

from dataclasses import dataclass
from datetime import date

from apps.core import clock
from apps.ledger.assets import asset_id
from apps.ledger.services._call import call


@dataclass(frozen=True, slots=True)
class AccountRange:
    """Accounts with ``after < id <= upto``, at most ``limit`` of them."""

    after: int
    upto: int
    limit: int = 10_000


@dataclass(frozen=True, slots=True)
class Expired:
    """What one chunk cleared. Go on after ``last_account``; None: nothing more was due in the range."""

    accounts: int
    lots: int
    points: int
    last_account: int | None


def expire_accounts(*, asset: str, as_of: date, accounts: AccountRange, source_prefix: str) -> Expired:
    """Expire every lot of the range whose deadline passed by the start of ``as_of``: one entry per account.

    The entries take effect at that local midnight. Doing it again changes nothing more.
    """
    sql = "SELECT * FROM ledger_expire(%s::smallint, %s, %s, %s, %s, %s, %s)"
    window = [accounts.after, accounts.upto, accounts.limit]
    return Expired(*call(sql, [asset_id(asset), as_of, *window, clock.day_start(as_of), source_prefix])[0])
