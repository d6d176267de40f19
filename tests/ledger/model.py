"""A toy ledger in plain Python, for one account: what the real one must agree with.

Written from the rules in words, not from the SQL. Lots are kept in the order they were granted; dates
decide what counts; nothing here knows of locks, rows or time of day.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

FOREVER = date.max


class Refused(Exception):
    """The toy says no; ``fact`` is what the real ledger must answer with."""

    def __init__(self, **fact: int) -> None:
        super().__init__(fact)
        self.fact = fact


@dataclass(eq=False)
class ToyLot:
    number: int
    credit: "ToyEntry"
    left: int
    last_day: date | None
    available: date | None
    lost: int = 0  # to expiry, net of what was taken back

    def alive(self, day: date) -> bool:
        return self.left > 0 and (self.last_day or FOREVER) >= day

    def overdue(self, day: date) -> bool:
        return self.left > 0 and (self.last_day or FOREVER) < day

    def usable(self, day: date) -> bool:
        return self.alive(day) and (self.available is None or self.available <= day)

    def soonness(self) -> tuple[date, int]:
        return (self.last_day or FOREVER, self.number)


@dataclass(eq=False)
class ToyEntry:
    kind: str
    amount: int
    balance: int
    takes: dict[ToyLot, int] = field(default_factory=dict)  # what a debit took and has not given back
    undone: int = 0
    lapsed: int = 0  # of a credit: what its reversals counted as expired

    def left(self) -> int:
        return abs(self.amount) - self.undone


@dataclass
class Outcome:
    """How a reversal was met."""

    amount: int = 0
    moved: int = 0
    lapsed: int = 0
    owed: int = 0
    waived: int = 0


class Toy:
    """One account."""

    def __init__(self) -> None:
        self.balance = self.owed = 0
        self.lots: list[ToyLot] = []
        self.entries: list[ToyEntry] = []
        self.holds: dict[int, int] = {}

    @property
    def held(self) -> int:
        return sum(self.holds.values())

    def usable(self, day: date) -> int:
        return sum(lot.left for lot in self.lots if lot.usable(day))

    def spendable(self, day: date) -> int:
        return max(self.usable(day) - self.held, 0)

    def credit(self, kind: str, grants: list[tuple[int, date | None, date | None]], day: date) -> ToyEntry:
        entry = self._enter(kind, sum(amount for amount, _, _ in grants))
        for amount, last_day, available in grants:
            self.lots.append(ToyLot(len(self.lots), entry, amount, last_day, available))
        self._settle(day)
        return entry

    def debit(self, kind: str, amount: int, day: date) -> ToyEntry:
        self._need(amount, day)
        entry = self._enter(kind, -amount)
        self._take(entry, [lot for lot in self.lots if lot.usable(day)], amount)
        return entry

    def hold(self, number: int, amount: int, day: date) -> int:
        self._need(amount, day)
        self.holds[number] = amount
        return self.spendable(day)

    def capture(self, number: int, amount: int | None, day: date) -> ToyEntry:
        had = self.holds[number]
        wanted = had if amount is None else amount
        if wanted > had:
            raise Refused(amount=had, needed=wanted)
        del self.holds[number]
        try:
            return self.debit("spend", wanted, day)
        except Refused:
            self.holds[number] = had
            raise

    def expire(self, as_of: date) -> int:
        due = [lot for lot in self.lots if lot.overdue(as_of)]
        if due:
            self._book_expiry(due)
        return len(due)

    def reverse(self, entry: ToyEntry, amount: int | None, policy: str, day: date, grace: int) -> Outcome:
        left = self.reversible(entry, day)
        wanted = left if amount is None else amount
        if wanted > left or wanted == 0:
            raise Refused(requested=wanted, left=left)
        back = self._reverse_debit if entry.amount < 0 else self._reverse_credit
        outcome = back(entry, wanted, policy, day, grace)
        entry.undone += wanted
        self.owed += outcome.owed
        self._settle(day)
        return outcome

    def reversible(self, entry: ToyEntry, day: date) -> int:
        if entry.kind != "expire":
            return entry.left()
        credits = {lot.credit for lot in entry.takes}
        return sum(
            min(
                sum(part for lot, part in entry.takes.items() if lot.credit is credit),
                self._uncounted(credit, day),
            )
            for credit in credits
        )

    def _reverse_credit(self, entry: ToyEntry, wanted: int, policy: str, day: date, grace: int) -> Outcome:
        own = [lot for lot in self.lots if lot.credit is entry and lot.alive(day)]
        moved = min(wanted, sum(lot.left for lot in own))
        lapsed = min(wanted - moved, self._uncounted(entry, day))
        short = wanted - moved - lapsed
        owed = short if policy == "owe" else 0
        reversal = self._enter("reverse", -moved - owed)
        self._take(reversal, own, moved)
        entry.lapsed += lapsed
        return Outcome(-moved - owed, moved, lapsed, owed, short - owed)

    def _reverse_debit(self, entry: ToyEntry, wanted: int, policy: str, day: date, grace: int) -> Outcome:
        for lot in sorted(entry.takes, key=lambda lot: lot.number):
            if lot.overdue(day):  # what it still held was lost: giving back must not revive that
                self._book_expiry([lot])
        self._enter("reverse", wanted)
        missing = wanted
        for lot in sorted(entry.takes, key=ToyLot.soonness, reverse=True):
            part = min(entry.takes[lot], missing)
            if entry.kind == "expire":
                part = min(part, self._uncounted(lot.credit, day))
            if part == 0:
                continue
            if (lot.last_day or FOREVER) < day:
                lot.last_day = day + timedelta(days=grace)
            if entry.kind == "expire":
                lot.lost -= part
            lot.left += part
            entry.takes[lot] -= part
            missing -= part
        assert missing == 0
        return Outcome(wanted, moved=wanted)

    def _uncounted(self, credit: ToyEntry, day: date) -> int:
        """What of a credit expired, booked or not, and no reversal counted yet."""
        own = [lot for lot in self.lots if lot.credit is credit]
        lost = sum(lot.lost + (lot.left if lot.overdue(day) else 0) for lot in own)
        return max(lost - credit.lapsed, 0)

    def _need(self, amount: int, day: date) -> None:
        if self.usable(day) - self.held < amount:
            raise Refused(needed=amount, held=self.spendable(day), reserved=self.held)

    def _enter(self, kind: str, amount: int) -> ToyEntry:
        self.balance += amount
        entry = ToyEntry(kind, amount, self.balance)
        self.entries.append(entry)
        return entry

    def _take(self, entry: ToyEntry, lots: list[ToyLot], amount: int) -> int:
        for lot in sorted(lots, key=ToyLot.soonness):
            part = min(lot.left, amount)
            if part:
                lot.left -= part
                entry.takes[lot] = part
                amount -= part
        return amount

    def _book_expiry(self, lots: list[ToyLot]) -> None:
        entry = self._enter("expire", -sum(lot.left for lot in lots))
        for lot in lots:
            entry.takes[lot] = lot.left
            lot.lost += lot.left
            lot.left = 0

    def _settle(self, day: date) -> None:
        alive = [lot for lot in self.lots if lot.alive(day)]
        if self.owed and alive:
            self.owed = self._take(self._enter("settle", 0), alive, self.owed)
