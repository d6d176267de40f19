"""A frozen account neither spends nor holds; everything else goes on."""

import pytest
from django.db import transaction

from apps.core.audit import Actor
from apps.ledger import queries, watch
from apps.ledger import services as ledger
from apps.ledger.errors import AccountFrozen, AlreadyPosted
from apps.ledger.models import Account, Entry, Freeze, Hold
from tests.ledger.acts import NEW_YEAR, TODAY, YEAR_END, expire, give, held, key, noon, take, undo

pytestmark = pytest.mark.django_db
JOB = Actor("core.reconcile")


@pytest.fixture
def frozen(ann):
    give(ann, (100, YEAR_END))
    account = Account.objects.get(member=ann)
    ledger.freeze_accounts([account.pk], code="L1", actor=JOB, at=noon(TODAY))
    return account


def test_it_neither_spends_nor_holds(ann, frozen):
    with pytest.raises(AccountFrozen) as refused, transaction.atomic():
        take(ann, 10)
    assert (refused.value.account_id, refused.value.member_id) == (frozen.pk, ann.pk)
    with pytest.raises(AccountFrozen), transaction.atomic():
        held(ann, 10)
    assert queries.balance(ann.pk) == 100
    assert not Hold.objects.exists()


def test_a_hold_made_before_is_not_captured_and_can_be_released(ann):
    give(ann, 100)
    hold = held(ann, 10)
    account = Account.objects.get(member=ann)
    ledger.freeze_accounts([account.pk], code="L1", actor=JOB, at=noon(TODAY))
    with pytest.raises(AccountFrozen), transaction.atomic():
        ledger.capture(hold.hold_id, ledger.Capture(key(), noon(TODAY)))
    assert ledger.release(hold.hold_id, at=noon(TODAY)) is True


def test_awards_refunds_corrections_and_clearing_go_on(ann, frozen):
    award = give(ann, (50, YEAR_END))
    undo(award)
    take(ann, 20, kind="adjust")
    assert expire(NEW_YEAR).points == 80
    assert queries.balance(ann.pk) == 0


def test_others_spend(ann, ben, frozen):
    give(ben, 10)
    take(ben, 10)
    assert queries.balance(ben.pk) == 0


def test_who_asks_again_hears_it_was_done(ann):
    give(ann, 100)
    source = key()
    ledger.post([ledger.Posting(ann.pk, "spend", -10, noon(TODAY), source=source)])
    ledger.freeze_accounts([Account.objects.get(member=ann).pk], code="L1", actor=JOB, at=noon(TODAY))
    with pytest.raises(AlreadyPosted), transaction.atomic():
        ledger.post([ledger.Posting(ann.pk, "spend", -10, noon(TODAY), source=source)])


def test_freezing_twice_is_once_and_lifting_frees(ann, frozen):
    assert ledger.freeze_accounts([frozen.pk], code="L2", actor=JOB, at=noon(TODAY)) == 0
    freeze = Freeze.objects.get()
    assert ledger.lift_freeze(freeze_id=freeze.pk, note="seen", actor=JOB, at=noon(TODAY)) is True
    assert ledger.lift_freeze(freeze_id=freeze.pk, note="seen", actor=JOB, at=noon(TODAY)) is False
    take(ann, 10)
    assert ledger.freeze_accounts([frozen.pk], code="L2", actor=JOB, at=noon(TODAY)) == 1


def test_rows_of_a_violation_name_their_accounts(ann, frozen):
    entry = Entry.objects.get()
    lot = entry.lots.get()
    for row in (
        {"account_id": frozen.pk},
        {"lot_id": lot.pk},
        {"entry_id": entry.pk},
        {"original_id": entry.pk},
    ):
        assert watch.accounts_of([row]) == {frozen.pk}
    assert watch.accounts_of([{"source": "x"}]) == set()
