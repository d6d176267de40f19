"""Two at once on one account: exactly one outcome is right, and without the lock it goes wrong."""

import pytest
from django.db import IntegrityError, OperationalError

from apps.core import invariants
from apps.ledger import services as ledger
from apps.ledger.errors import HoldEnded, NotEnough, NothingLeftToReverse
from apps.ledger.models import Account, Entry
from apps.ledger.services import Capture, Posting
from apps.members.models import Member
from tests.concurrency.racing import crowd, overlap, rewritten, unguarded, unlocked
from tests.ledger.acts import (
    TODAY,
    TOMORROW,
    amounts,
    expire,
    give,
    held,
    key,
    lots,
    noon,
    state,
    take,
    undo,
)

POST, HOLD, END_HOLD, CAPTURE = "ledger_post_one", "ledger_hold", "ledger_end_hold", "ledger_capture"


def broken() -> set[str]:
    return {violation.code for violation in invariants.check()}


def capture(hold_id: int) -> ledger.Posted:
    return ledger.capture(hold_id, Capture(key(), noon(TODAY)))


def release(hold_id: int) -> bool:
    return ledger.release(hold_id, at=noon(TODAY))


def award(*members: Member) -> list[ledger.Posted]:
    return ledger.post([Posting(m.pk, "award", 10, noon(TODAY), source=key()) for m in members])


# spend / spend


def test_of_two_spends_that_do_not_both_fit_the_second_is_refused(dora):
    give(dora, 100)
    _, second = overlap(lambda: take(dora, 60), lambda: take(dora, 60))
    assert isinstance(second, NotEnough)
    assert (second.needed, second.held) == (60, 40)
    assert state(dora) == (40, 0, 0)
    assert broken() == set()


def test_two_spends_that_both_fit_are_both_taken(dora):
    give(dora, 100)
    overlap(lambda: take(dora, 30), lambda: take(dora, 30))
    assert amounts(dora) == [("award", 100, 100), ("spend", -30, 70), ("spend", -30, 40)]
    assert broken() == set()


def test_twin_without_the_lock_a_spend_is_lost_from_the_balance(dora):
    give(dora, 100)
    with unlocked(POST):
        overlap(lambda: take(dora, 30), lambda: take(dora, 30))
    assert state(dora) == (70, 0, 0)
    assert lots(dora) == [(40, None)]
    assert {"L1", "L2"} <= broken()


def test_of_a_crowd_exactly_as_many_spend_as_fit(dora):
    give(dora, 30)
    give(dora, 70)
    answers = crowd(*[lambda: take(dora, 30)] * 8)
    assert sum(isinstance(answer, int) for answer in answers) == 3
    refusals = [answer for answer in answers if not isinstance(answer, int)]
    assert [(type(r), r.needed, r.held) for r in refusals] == [(NotEnough, 30, 10)] * 5
    assert state(dora) == (10, 0, 0)
    assert broken() == set()


# spend / expire


def test_clearing_takes_what_a_spend_before_it_left(dora):
    give(dora, (100, TODAY), 500)
    _, cleared = overlap(lambda: take(dora, 60), lambda: expire(TOMORROW))
    assert (cleared.lots, cleared.points) == (1, 40)
    assert state(dora) == (500, 0, 0)
    assert broken() == set()


def test_a_spend_finds_nothing_of_a_lot_cleared_before_it(dora):
    give(dora, (100, TODAY))
    _, spent = overlap(lambda: expire(TOMORROW), lambda: take(dora, 60))
    assert isinstance(spent, NotEnough)
    assert spent.held == 0
    assert state(dora) == (0, 0, 0)
    assert broken() == set()


def test_twin_without_the_lock_clearing_takes_what_was_spent(dora):
    give(dora, (100, TODAY), 500)
    with unlocked("ledger_expire"):
        _, cleared = overlap(lambda: take(dora, 60), lambda: expire(TOMORROW))
    assert cleared.points == 100
    assert state(dora) == (440, 0, 0)
    assert {"L2", "L4"} <= broken()


# expire / expire


def test_two_clearing_runs_at_once_expire_a_lot_once_and_both_go_on(dora, emil):
    give(dora, (100, TODAY))
    give(emil, (100, TODAY))
    first, second = overlap(lambda: expire(TOMORROW, limit=1), lambda: expire(TOMORROW, limit=1))
    account = Account.objects.get(member=dora).pk
    assert (first.accounts, first.points, first.last_account) == (1, 100, account)
    assert (second.accounts, second.points, second.last_account) == (0, 0, account)
    assert expire(TOMORROW, limit=1, after=account).points == 100
    assert broken() == set()


def test_twin_without_the_lock_a_lot_expires_twice(dora):
    give(dora, (100, TODAY), 500)
    with unlocked("ledger_expire"):
        _, second = overlap(lambda: expire(TOMORROW), lambda: expire(TOMORROW))
    assert second.points == 100
    assert state(dora) == (400, 0, 0)
    assert {"L2", "L4"} <= broken()


# reverse / reverse


def test_of_two_reversals_the_second_gets_what_the_first_left(dora):
    give(dora, 100)
    sale = take(dora, 60)
    take(dora, 40)
    _, second = overlap(lambda: undo(sale, 40), lambda: undo(sale, 40))
    assert isinstance(second, NothingLeftToReverse)
    assert (second.requested, second.left) == (40, 20)
    assert state(dora) == (40, 0, 0)
    assert broken() == set()


def test_twin_without_the_lock_more_comes_back_than_was_spent(dora):
    give(dora, 100)
    sale = take(dora, 60)
    take(dora, 40)
    with unlocked("ledger_reverse"):
        _, second = overlap(lambda: undo(sale, 40), lambda: undo(sale, 40))
    assert second.moved == 40
    assert lots(dora) == [(80, None)]
    assert {"L8 amount", "L8 lot"} <= broken()


# hold / hold


def test_of_two_holds_that_do_not_both_fit_the_second_is_refused(dora):
    give(dora, 100)
    _, second = overlap(lambda: held(dora, 60), lambda: held(dora, 60))
    assert isinstance(second, NotEnough)
    assert (second.needed, second.held, second.reserved) == (60, 40, 60)
    assert state(dora) == (100, 60, 0)
    assert broken() == set()


def test_twin_without_the_lock_more_is_held_than_there_is(dora):
    give(dora, 100)
    with unlocked(HOLD):
        overlap(lambda: held(dora, 60), lambda: held(dora, 60))
    assert state(dora) == (100, 120, 0)


# capture / capture, capture / release


def test_a_hold_is_captured_once(dora):
    give(dora, 300)
    hold_id = held(dora, 70).hold_id
    _, second = overlap(lambda: capture(hold_id), lambda: capture(hold_id))
    assert isinstance(second, HoldEnded)
    assert second.state == "captured"
    assert state(dora) == (230, 0, 0)
    assert broken() == set()


def test_twin_without_the_lock_a_hold_is_captured_twice(dora):
    give(dora, 300)
    hold_id = held(dora, 70).hold_id
    held(dora, 100)
    with unlocked(CAPTURE), unguarded("ledger_hold", "ledger_hold_ended"):
        overlap(lambda: capture(hold_id), lambda: capture(hold_id))
    assert Entry.objects.filter(kind="spend").count() == 2
    assert state(dora) == (230, 100, 0)
    assert {"L1", "L2"} <= broken()


def test_twin_without_the_lock_the_guard_on_holds_is_the_last_word(dora):
    give(dora, 300)
    hold_id = held(dora, 70).hold_id
    held(dora, 100)
    with unlocked(CAPTURE):
        _, second = overlap(lambda: capture(hold_id), lambda: capture(hold_id))
    assert isinstance(second, IntegrityError)
    assert state(dora) == (230, 100, 0)


@pytest.mark.parametrize(("first", "then", "left"), [(capture, release, 230), (release, capture, 300)])
def test_a_hold_is_captured_or_released_never_both(dora, first, then, left):
    give(dora, 300)
    hold_id = held(dora, 70).hold_id
    _, second = overlap(lambda: first(hold_id), lambda: then(hold_id))
    assert second is False or isinstance(second, HoldEnded)
    assert state(dora) == (left, 0, 0)
    assert broken() == set()


def test_twin_without_the_lock_a_captured_hold_is_freed_again(dora):
    give(dora, 300)
    hold_id = held(dora, 70).hold_id
    held(dora, 100)
    with unlocked(END_HOLD):
        overlap(lambda: capture(hold_id), lambda: release(hold_id))
    assert state(dora) == (230, 30, 0)
    assert "L13" in broken()


# award / award


def test_two_first_awards_make_one_account(dora):
    overlap(lambda: award(dora), lambda: award(dora))
    assert amounts(dora) == [("award", 10, 10), ("award", 10, 20)]
    assert Account.objects.count() == 1
    assert broken() == set()


def test_twin_without_the_clause_the_second_first_award_is_lost(dora):
    clause = (
        "ON CONFLICT (member_id, asset_id) DO UPDATE SET balance = ledger_account.balance + excluded.balance"
    )
    with rewritten(POST, clause, ""):
        _, second = overlap(lambda: award(dora), lambda: award(dora))
    assert isinstance(second, IntegrityError)
    assert state(dora) == (10, 0, 0)


def test_two_at_once_with_one_key_act_once(dora):
    def once() -> ledger.Posted:
        return ledger.award(member_id=dora.pk, amount=10, at=noon(TODAY), source="same", expires_on=None)

    _, second = overlap(once, once)
    assert type(second).__name__ == "AlreadyPosted"
    assert second.source == "same"
    assert state(dora) == (10, 0, 0)


# batch / batch

BETWEEN = ("RETURN NEXT;", "RETURN NEXT; PERFORM pg_sleep(0.2);")
ONE_BY_ONE = ("IF l_amount = p_amount AND", "IF false AND")
NO_LOCK = ("PERFORM ledger_lock_all(p_member, p_asset);", "")


def test_batches_over_the_same_members_in_opposite_order_both_go_through(dora, emil):
    with rewritten("ledger_post", *BETWEEN), rewritten("ledger_post", *ONE_BY_ONE):
        answers = crowd(lambda: award(dora, emil), lambda: award(emil, dora))
    assert [len(answer) for answer in answers] == [2, 2]
    assert (state(dora), state(emil)) == ((20, 0, 0), (20, 0, 0))
    assert broken() == set()


def test_twin_without_locking_in_order_they_deadlock(dora, emil):
    award(dora, emil)
    with (
        rewritten("ledger_post", *NO_LOCK),
        rewritten("ledger_post", *BETWEEN),
        rewritten("ledger_post", *ONE_BY_ONE),
    ):
        answers = crowd(lambda: award(dora, emil), lambda: award(emil, dora))
    (error,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(error, OperationalError)
    assert "deadlock detected" in str(error)
    assert (state(dora), state(emil)) == ((20, 0, 0), (20, 0, 0))


def test_sets_of_credits_to_the_same_members_follow_each_other(dora, emil):
    overlap(lambda: award(dora, emil), lambda: award(emil, dora))
    assert (amounts(dora), amounts(emil)) == ([("award", 10, 10), ("award", 10, 20)],) * 2
    assert broken() == set()


def test_twin_without_the_lock_a_set_of_credits_tells_wrong_balances(dora, emil):
    award(dora, emil)
    with rewritten("ledger_post", *NO_LOCK):
        overlap(lambda: award(dora, emil), lambda: award(dora, emil))
    assert [after for _, _, after in amounts(dora)] == [10, 20, 20]
    assert state(dora) == (30, 0, 0)


def test_accounts_are_locked_in_one_order_whatever_the_order_asked(dora, emil):
    def lock(*members: Member) -> dict:
        return ledger.lock_accounts([m.pk for m in members])

    first, second = overlap(lambda: lock(dora, emil), lambda: lock(emil, dora))
    assert first == second
    assert list(second) == sorted(second)
    assert Account.objects.count() == 2
