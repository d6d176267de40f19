"""The only writers of value.

*Account*: one member's holding of one asset. *Entry*: one movement, kept for ever. *Lot*: what one
credit brought. *Hold*: value set aside. Every operation is one round trip to one SQL function that
locks the account, then its lots; balance = sum of entries = sum of open lots less what is owed.
"""

from apps.ledger.services._call import call
from apps.ledger.services.accounts import AccountState, Declined, decline, lock_accounts
from apps.ledger.services.clearing import AccountRange, Expired, expire_accounts
from apps.ledger.services.closing import check_closing, close_month, keep_book
from apps.ledger.services.defining import define_asset
from apps.ledger.services.extending import Move, Moved, Moving, extend
from apps.ledger.services.forfeiting import forfeit
from apps.ledger.services.freezing import freeze_accounts, lift_freeze
from apps.ledger.services.holding import Capture, Held, capture, hold, release, release_due
from apps.ledger.services.posting import LotGrant, Posted, Posting, award, post, spend
from apps.ledger.services.reversing import ReversalRequest, Reversed, Waived, reverse, waive_all

__all__ = [
    "AccountRange",
    "AccountState",
    "Capture",
    "Declined",
    "Expired",
    "Held",
    "LotGrant",
    "Move",
    "Moved",
    "Moving",
    "Posted",
    "Posting",
    "ReversalRequest",
    "Reversed",
    "Waived",
    "award",
    "call",
    "capture",
    "check_closing",
    "close_month",
    "decline",
    "define_asset",
    "expire_accounts",
    "extend",
    "forfeit",
    "freeze_accounts",
    "hold",
    "keep_book",
    "lift_freeze",
    "lock_accounts",
    "post",
    "release",
    "release_due",
    "reverse",
    "spend",
    "waive_all",
]
