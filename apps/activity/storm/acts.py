"""The acts of the storm and how each is done. An act done again under its key does nothing more."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.activity import services as activity
from apps.activity.services import Fact
from apps.core import clock
from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.ledger.services import AccountRange, Capture, LotGrant, Posting, ReversalRequest

CHANNEL = "storm"
HOLD_LASTS = timedelta(days=3)
EVERY_ACCOUNT = AccountRange(after=0, upto=2**62)


@dataclass(frozen=True, slots=True)
class Act:
    """One wish under its key. ``target`` is the entry to reverse or the hold to end; ``at`` is ISO."""

    key: str
    kind: str
    members: tuple[int, ...]
    amount: int
    at: str
    target: int = 0

    @property
    def instant(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def proof(self) -> dict[str, str]:
        return {"storm": self.key}


def award(act: Act) -> int:
    """To one member, in one or two lots that expire within days, some never."""
    return ledger.post([_posting(act, act.members[0], act.amount, act.key)])[0].entry_id


def spend(act: Act) -> int:
    return ledger.post([_posting(act, act.members[0], -act.amount, act.key)])[0].entry_id


def batch(act: Act) -> int:
    """Credits and debits of several members at once, in any order."""
    postings = [
        _posting(act, member, act.amount if n % 2 == 0 else -act.amount, f"{act.key}:{n}")
        for n, member in enumerate(act.members)
    ]
    return ledger.post(postings)[0].entry_id


def hold(act: Act) -> int:
    due_at = act.instant + HOLD_LASTS
    member_id = act.members[0]
    made = ledger.hold(member_id=member_id, amount=act.amount, source=act.key, at=act.instant, due_at=due_at)
    return made.hold_id


def capture(act: Act) -> int:
    return ledger.capture(act.target, Capture(act.key, act.instant, act.proof)).entry_id


def release(act: Act) -> int:
    return int(ledger.release(act.target, at=act.instant))


def release_due(act: Act) -> int:
    return ledger.release_due(at=act.instant, limit=50)


def reverse(act: Act) -> int:
    """Takes an entry back in part, after any policy."""
    shortfall = ("owe", "waive", "cash")[act.amount % 3]
    request = ReversalRequest(
        act.key, act.instant, act.amount, shortfall=shortfall, grace_days=3, explanation=act.proof
    )
    return ledger.reverse(act.target, request).entry_id


def expire(act: Act) -> int:
    as_of = clock.business_day(act.instant)
    prefix = f"storm:{act.key}:"
    return ledger.expire_accounts(
        asset="points", as_of=as_of, accounts=EVERY_ACCOUNT, source_prefix=prefix
    ).points


def purchase(act: Act) -> int:
    """Through the one door, with the rules, caps and the outbox."""
    return activity.record_one(_fact(act, act.members[0], act.key), at=act.instant).activity_id


def purchases(act: Act) -> int:
    """One purchase of each member as a batch, their keys in the order the members came in."""
    facts = [_fact(act, member, f"{act.key}:{n}") for n, member in enumerate(act.members)]
    return activity.record(facts[::-1], at=act.instant)[0].activity_id


DO: dict[str, Callable[[Act], int]] = {
    "award": award,
    "spend": spend,
    "batch": batch,
    "hold": hold,
    "capture": capture,
    "release": release,
    "release_due": release_due,
    "reverse": reverse,
    "expire": expire,
    "purchase": purchase,
    "purchases": purchases,
}
WEIGHTS = {
    **{"award": 20, "spend": 26, "batch": 10, "hold": 14, "reverse": 16, "purchase": 9, "purchases": 6},
    **{"expire": 3, "release_due": 2},
}
HOT_WEIGHTS = {"award": 50, "spend": 50}


class Chooser:
    """Chooses the next act of one worker. Same seed, same wishes (what they meet is up to the storm)."""

    def __init__(self, seed: str, members: Sequence[int], weights: dict[str, int]) -> None:
        self.dice = random.Random(seed)
        self.seed, self.members, self.weights = seed, members, weights
        self.count = 0
        self.open_hold = 0

    def next(self, at: datetime) -> Act:
        self.count += 1
        kind = self.dice.choices(list(self.weights), list(self.weights.values()))[0]
        target = 0
        if self.open_hold:
            kind = self.dice.choice(["capture", "capture", "release"])
            target, self.open_hold = self.open_hold, 0
        elif kind == "reverse" and not (target := self._recent_entry()):
            kind = "award"  # nothing there to take back yet
        members = tuple(self.dice.sample(self.members, min(self.dice.randint(1, 4), len(self.members))))
        key, amount = f"{self.seed}-{self.count}", self.dice.randint(1, 60)
        return Act(key, kind, members, amount, at.isoformat(), target)

    def _recent_entry(self) -> int:
        """One of the newest movements of some member: others are likely to want the same one."""
        entries = Entry.objects.filter(
            account__member_id=self.dice.choice(self.members), kind__in=["award", "spend", "adjust"]
        )
        recent = list(entries.order_by("-id").values_list("id", flat=True)[:6])
        return self.dice.choice(recent) if recent else 0


def _fact(act: Act, member_id: int, external_id: str) -> Fact:
    return Fact(
        kind="purchase",
        channel=CHANNEL,
        external_id=external_id,
        member_id=member_id,
        occurred_at=act.instant,
        amount_fen=act.amount * 100,
        attributes={"storm": act.key},
    )


def _posting(act: Act, member_id: int, amount: int, source: str) -> Posting:
    kind = "award" if amount > 0 else "spend"
    lots = _lots(act, amount) if amount > 0 else ()
    return Posting(member_id, kind, amount, act.instant, source=source, explanation=act.proof, lots=lots)


def _lots(act: Act, amount: int) -> tuple[LotGrant, ...]:
    first_day = clock.business_day(act.instant)
    last_day = None if amount % 5 == 0 else first_day + timedelta(days=amount % 7)
    if amount < 10:
        return (LotGrant(amount, last_day),)
    return (LotGrant(amount - 5, last_day), LotGrant(5, first_day + timedelta(days=9)))
