"""Any sequence of acts leaves the ledger where the toy of ``model`` is: same balance, debt, lots, entries,
refusals. `pytest tests/ledger/test_state_machine.py --hypothesis-profile storm` searches for long.
"""

from datetime import date, timedelta

import pytest
from django.db import transaction
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
from apps.ledger import queries
from apps.ledger import services as ledger
from apps.ledger.errors import HoldEnded, LedgerError, NotEnough, NothingLeftToReverse
from apps.ledger.models import Account, Entry, Lot
from apps.ledger.services import Capture, LotGrant, Posting, ReversalRequest
from tests.factories import MemberFactory
from tests.ledger.acts import TODAY, expire, key, noon
from tests.ledger.model import Refused, Toy, ToyEntry

amounts = st.integers(1, 60)
grants = st.tuples(
    amounts,
    st.none() | st.integers(-3, 40),  # last day, days from now; some are over already
    st.none() | st.integers(-1, 10),  # available from
)
FACTS = {
    NotEnough: ("needed", "held", "reserved"),
    HoldEnded: ("amount", "needed"),
    NothingLeftToReverse: ("requested", "left"),
}


class LedgerAgreesWithToy(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.day = TODAY
        self.member = MemberFactory()
        self.toy = Toy()
        self.real: dict[ToyEntry, int] = {}
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

    @rule(amount=amounts, kind=st.sampled_from(["spend", "spend", "adjust"]))
    def debit(self, amount: int, kind: str) -> None:
        self.both(
            lambda: self.toy.debit(kind, amount, self.day),
            lambda: ledger.post([self.posting(kind, -amount)])[0].entry_id,
        )

    @rule(amount=amounts, spent=amounts)
    def credit_and_debit_in_one_batch(self, amount: int, spent: int) -> None:
        if spent > self.toy.spendable(self.day):
            return
        batch = [self.posting("spend", -spent), self.posting("award", amount)]
        debit = self.toy.debit("spend", spent, self.day)
        credit = self.toy.credit("award", [(amount, None, None)], self.day)
        for entry, posted in zip((debit, credit), ledger.post(batch), strict=True):
            assert posted.balance == entry.balance
            self.real[entry] = posted.entry_id

    @rule(amount=amounts)
    def hold(self, amount: int) -> None:
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
    @rule(data=st.data(), amount=st.none() | amounts)
    def capture(self, data: st.DataObject, amount: int | None) -> None:
        number = data.draw(st.sampled_from(sorted(self.toy.holds)), label="hold")
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
    @rule(
        data=st.data(),
        amount=st.none() | amounts,
        policy=st.sampled_from(["owe", "owe", "waive", "cash"]),
        grace=st.integers(0, 10),
    )
    def reverse(self, data: st.DataObject, amount: int | None, policy: str, grace: int) -> None:
        entry = data.draw(st.sampled_from(list(self.real)), label="entry")
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

    @rule(days=st.integers(0, 5))
    def clear(self, days: int) -> None:
        as_of = self.day - timedelta(days=days)
        count = self.toy.expire(as_of)
        assert expire(as_of).lots == count

    @rule(days=st.integers(1, 12))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)

    @invariant()
    def they_agree(self) -> None:
        if not hasattr(self, "toy"):
            return
        self.learn_booked_expiries()
        toy = self.toy
        account = Account.objects.filter(member=self.member).first()
        real = (account.balance, account.held, account.owed) if account else (0, 0, 0)
        assert real == (toy.balance, toy.held, toy.owed)
        assert queries.spendable(self.member.pk, day=self.day) == toy.spendable(self.day)
        lots = Lot.objects.filter(member=self.member).order_by("id").values_list("remaining", "expires_on")
        assert list(lots) == [(lot.left, lot.last_day) for lot in toy.lots]
        entries = Entry.objects.filter(member=self.member).order_by("id")
        rows = list(entries.values_list("kind", "amount", "balance_after"))
        assert rows == [(e.kind, e.amount, e.balance) for e in toy.entries]

    def learn_booked_expiries(self) -> None:
        """Expiries are booked by clearing and by reversals; find the real entry of each."""
        rows = list(Entry.objects.filter(member=self.member).order_by("id").values_list("id", flat=True))
        for entry, entry_id in zip(self.toy.entries, rows, strict=False):
            if entry.kind == "expire":
                self.real.setdefault(entry, entry_id)

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
    size = settings(max_examples=1500 if long else 40, stateful_step_count=60 if long else 30, deadline=None)
    run_state_machine_as_test(LedgerAgreesWithToy, settings=settings(size, print_blob=True))
