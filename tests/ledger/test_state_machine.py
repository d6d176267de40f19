"""Any sequence of acts leaves the ledger where the toy of ``model`` is: same balance, debt, lots, entries,
refusals. `pytest tests/ledger/test_state_machine.py --hypothesis-profile storm` searches for long.
"""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.core import invariants
from apps.ledger import services as ledger
from apps.ledger.errors import HoldEnded, LedgerError, NotEnough, NothingLeftToReverse
from apps.ledger.services import Capture, LotGrant, Posting, ReversalRequest
from tests.factories import MemberFactory
from tests.ledger.acts import TODAY, expire, key, noon
from tests.ledger.model import Refused, Toy, ToyEntry

amounts = st.integers(1, 60)
shares = st.sampled_from([10, 30, 50, 70, 100, 101])  # percent of what there is; 101: one more than that
grants = st.tuples(
    amounts,
    st.none() | st.integers(-1, 6),  # last day, days from now; some are over already
    st.none() | st.integers(-1, 3),  # available from
)
policies = st.sampled_from(["owe", "owe", "waive", "cash"])
FACTS = {
    NotEnough: ("needed", "held", "reserved"),
    HoldEnded: ("amount", "needed"),
    NothingLeftToReverse: ("requested", "left"),
}

PHOTOGRAPH = """
  SELECT json_build_object('balance', a.balance, 'held', a.held, 'owed', a.owed,
    'usable', ledger_spendable(a.id, %(day)s),
    'lots', (SELECT coalesce(json_agg(json_build_array(l.remaining, l.expires_on) ORDER BY l.id), '[]')
               FROM ledger_lot l WHERE l.account_id = a.id),
    'entries', (SELECT coalesce(json_agg(json_build_array(e.id, e.kind, e.amount, e.balance_after)
                  ORDER BY e.id), '[]') FROM ledger_entry e WHERE e.account_id = a.id AND e.id > %(seen)s))
    FROM ledger_account a WHERE a.member_id = %(member)s AND a.asset_id = 1"""
NOTHING = {"balance": 0, "held": 0, "owed": 0, "usable": 0, "lots": [], "entries": []}


def photograph(member_id: int, day: date, seen: int) -> dict:
    """The account as it is, with the entries after ``seen``."""
    with connection.cursor() as cursor:
        cursor.execute(PHOTOGRAPH, {"member": member_id, "day": day, "seen": seen})
        row = cursor.fetchone()
    return row[0] if row else NOTHING


def part(whole: int, share: int | None) -> int | None:
    """So many percent of a whole, at least one; 101 percent is one too many."""
    if share is None:
        return None
    return whole + 1 if share > 100 else max(whole * share // 100, 1)


class LedgerAgreesWithToy(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.day = TODAY
        self.member = MemberFactory()
        self.toy = Toy()
        self.real: dict[ToyEntry, int] = {}
        self.seen, self.last = 0, None  # the newest entry compared, there and here
        self.hold_ids: list[int] = []  # by the toy's hold number

    def teardown(self) -> None:
        try:
            assert invariants.check() == []
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    @rule(lots=st.lists(grants, min_size=1, max_size=3), kind=st.sampled_from(["award", "award", "adjust"]))
    def credit(self, lots: list[tuple[int, int | None, int | None]], kind: str) -> None:
        dated = [(amount, self.later(last), self.later(ready)) for amount, last, ready in lots]
        entry = self.toy.credit(kind, dated, self.day)
        given = tuple(LotGrant(*lot) for lot in dated)
        posted = ledger.post([self.posting(kind, entry.amount, given)])[0]
        assert posted.balance == self.toy.balance
        self.real[entry] = posted.entry_id

    @rule(share=shares, kind=st.sampled_from(["spend", "spend", "adjust"]))
    def debit(self, share: int, kind: str) -> None:
        amount = part(self.toy.spendable(self.day), share)
        self.both(
            lambda: self.toy.debit(kind, amount, self.day),
            lambda: ledger.post([self.posting(kind, -amount)])[0].entry_id,
        )

    @precondition(lambda self: self.toy.spendable(self.day))
    @rule(amount=amounts, share=st.integers(1, 100))
    def debit_and_credit_in_one_batch(self, amount: int, share: int) -> None:
        spent = part(self.toy.spendable(self.day), share)
        batch = [self.posting("spend", -spent), self.posting("award", amount)]
        debit = self.toy.debit("spend", spent, self.day)
        credit = self.toy.credit("award", [(amount, None, None)], self.day)
        for entry, posted in zip((debit, credit), ledger.post(batch), strict=True):
            assert posted.balance == entry.balance
            self.real[entry] = posted.entry_id

    @rule(share=shares)
    def hold(self, share: int) -> None:
        amount = part(self.toy.spendable(self.day), share)
        number, at = len(self.hold_ids), noon(self.day)
        due_at = at + timedelta(days=400)

        def real() -> ledger.Held:
            return ledger.hold(member_id=self.member.pk, amount=amount, source=key(), at=at, due_at=due_at)

        try:
            left = self.toy.hold(number, amount, self.day)
        except Refused as refusal:
            self.must_refuse(refusal, real)
            return
        made = real()
        assert made.spendable == left
        self.hold_ids.append(made.hold_id)

    @precondition(lambda self: self.toy.holds)
    @rule(data=st.data(), share=st.none() | shares)
    def capture(self, data: st.DataObject, share: int | None) -> None:
        number = data.draw(st.sampled_from(sorted(self.toy.holds)), label="hold")
        amount = part(self.toy.holds[number], share)
        spending = Capture(key(), noon(self.day))
        self.both(
            lambda: self.toy.capture(number, amount, self.day),
            lambda: ledger.capture(self.hold_ids[number], spending, amount=amount).entry_id,
        )

    @precondition(lambda self: self.toy.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.toy.holds)), label="hold")
        del self.toy.holds[number]
        assert ledger.release(self.hold_ids[number], at=noon(self.day)) is True

    @precondition(lambda self: len(self.hold_ids) > len(self.toy.holds))
    @rule(data=st.data())
    def a_hold_that_ended_stays_ended(self, data: st.DataObject) -> None:
        ended = [n for n in range(len(self.hold_ids)) if n not in self.toy.holds]
        hold_id = self.hold_ids[data.draw(st.sampled_from(ended), label="hold")]
        assert ledger.release(hold_id, at=noon(self.day)) is False
        with pytest.raises(HoldEnded), transaction.atomic():
            ledger.capture(hold_id, Capture(key(), noon(self.day)))

    @precondition(lambda self: self.real)
    @rule(data=st.data(), share=st.none() | shares, policy=policies, grace=st.integers(0, 10))
    def reverse_any(self, data: st.DataObject, share: int | None, policy: str, grace: int) -> None:
        entry = data.draw(st.sampled_from(list(self.real)), label="entry")
        self.reverse(entry, share, policy, grace)

    @precondition(lambda self: self.reversible_debits())
    @rule(data=st.data(), share=shares, grace=st.integers(0, 10))
    def reverse_part_of_a_debit(self, data: st.DataObject, share: int, grace: int) -> None:
        entry = data.draw(st.sampled_from(self.reversible_debits()), label="debit")
        self.reverse(entry, share, "owe", grace)

    @precondition(lambda self: self.reversible_debits())
    @rule(data=st.data(), days=st.integers(3, 9), share=shares)
    def wait_and_reverse_part_of_a_debit(self, data: st.DataObject, days: int, share: int) -> None:
        self.wait(days)
        entry = data.draw(st.sampled_from(self.reversible_debits()), label="debit")
        self.reverse(entry, share, "owe", 3)

    @precondition(lambda self: self.toy.held)
    @rule()
    def spend_what_is_held(self) -> None:
        amount = self.toy.spendable(self.day) + 1
        self.both(
            lambda: self.toy.debit("spend", amount, self.day),
            lambda: ledger.post([self.posting("spend", -amount)])[0].entry_id,
        )

    @precondition(lambda self: self.expiries())
    @rule(data=st.data(), share=shares, grace=st.integers(0, 10))
    def reverse_an_expiry(self, data: st.DataObject, share: int, grace: int) -> None:
        entry = data.draw(st.sampled_from(self.expiries()), label="expiry")
        self.reverse(entry, share, "owe", grace)

    @precondition(lambda self: self.expiries())
    @rule(data=st.data(), share=shares, policy=policies)
    def refund_what_expired(self, data: st.DataObject, share: int, policy: str) -> None:
        lots = [lot for expiry in self.expiries() for lot in expiry.takes]
        lot = data.draw(st.sampled_from(lots), label="lot")
        self.reverse(lot.credit, share, policy, 3)

    def expiries(self) -> list[ToyEntry]:
        return [e for e in self.real if e.kind == "expire"]

    def reverse(self, entry: ToyEntry, share: int | None, policy: str, grace: int) -> None:
        amount = part(self.toy.reversible(entry, self.day), share)
        request = ReversalRequest(key(), noon(self.day), amount, shortfall=policy, grace_days=grace)
        try:
            expected = self.toy.reverse(entry, amount, policy, self.day, grace)
        except Refused as refusal:
            self.must_refuse(refusal, lambda: ledger.reverse(self.real[entry], request))
            return
        event(f"reversed {entry.kind}")
        got = ledger.reverse(self.real[entry], request)
        met = (got.amount, got.moved, got.lapsed, got.owed, got.waived)
        assert met == (expected.amount, expected.moved, expected.lapsed, expected.owed, expected.waived)

    def reversible_debits(self) -> list[ToyEntry]:
        return [e for e in self.real if e.amount < 0 and self.toy.reversible(e, self.day)]

    @rule(days=st.integers(0, 2))
    def clear(self, days: int) -> None:
        as_of = self.day - timedelta(days=days)
        count = self.toy.expire(as_of)
        assert expire(as_of).lots == count

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(days=st.integers(4, 9))
    def wait_and_clear(self, days: int) -> None:
        self.wait(days)
        self.clear(0)

    @invariant()
    def they_agree(self) -> None:
        if not hasattr(self, "toy"):
            return
        toy, real = self.toy, photograph(self.member.pk, self.day, self.seen)
        assert (real["balance"], real["held"], real["owed"]) == (toy.balance, toy.held, toy.owed)
        assert max(real["usable"] - toy.held, 0) == toy.spendable(self.day)
        assert [(left, last and date.fromisoformat(last)) for left, last in real["lots"]] == [
            (lot.left, lot.last_day) for lot in toy.lots
        ]
        fresh = toy.entries[toy.entries.index(self.last) + 1 :] if self.last else toy.entries
        assert [tuple(row[1:]) for row in real["entries"]] == [(e.kind, e.amount, e.balance) for e in fresh]
        for (entry_id, *_), entry in zip(real["entries"], fresh, strict=True):
            self.seen, self.last = entry_id, entry
            if entry.kind == "expire":  # booked by clearing or by a reversal
                self.real[entry] = entry_id

    def later(self, days: int | None) -> date | None:
        return None if days is None else self.day + timedelta(days=days)

    def posting(self, kind: str, amount: int, lots: tuple[LotGrant, ...] = ()) -> Posting:
        return Posting(self.member.pk, kind, amount, noon(self.day), source=key(), lots=lots)

    def both(self, toy, real) -> None:
        """Both do it, or both refuse with the same facts."""
        try:
            entry = toy()
        except Refused as refusal:
            self.must_refuse(refusal, real)
            return
        self.real[entry] = real()

    def must_refuse(self, refusal: Refused, real) -> None:
        with pytest.raises(LedgerError) as answer, transaction.atomic():
            real()
        assert {fact: getattr(answer.value, fact) for fact in FACTS[type(answer.value)]} == refusal.fact
        event(f"refused {type(answer.value).__name__}")


@pytest.mark.django_db
def test_the_ledger_agrees_with_the_toy() -> None:
    long = settings().max_examples > 100
    size = settings(max_examples=2000 if long else 60, stateful_step_count=80 if long else 40, deadline=None)
    run_state_machine_as_test(LedgerAgreesWithToy, settings=settings(size, print_blob=True))
