"""Impossible requests are refused by name, before or inside the database, and change nothing."""

from decimal import Decimal

import pytest
from django.db import transaction

from apps.ledger import services as ledger
from apps.ledger.errors import (
    AlreadyPosted,
    HeldForNoTime,
    KindDoesNotFit,
    LotsDoNotAddUp,
    NotAWholeAmount,
    NotEnough,
    NotStorable,
    UnknownAsset,
    UnknownMember,
    UnknownRow,
    UnknownShortfall,
)
from apps.ledger.models import Account, Decline, Entry, Hold
from apps.ledger.services import Capture, Declined, LotGrant, Posting, ReversalRequest
from tests.ledger.acts import TODAY, give, held, key, noon, state, take, undo

pytestmark = pytest.mark.django_db
AT = noon(TODAY)
LARGEST = 2**63 - 1
NOBODY = 999_999_999


def refused(error: type[Exception], *postings: Posting) -> Exception:
    before = Entry.objects.count()
    with pytest.raises(error) as refusal, transaction.atomic():
        ledger.post(postings)
    assert Entry.objects.count() == before
    return refusal.value


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        *[("award", 0), ("award", -5), ("spend", 0), ("spend", 5), ("adjust", 0)],
        *[("reverse", 5), ("expire", -5), ("settle", 0), ("extend", 0), ("gift", 5), ("", 1)],
    ],
)
def test_only_awards_spends_and_adjustments_of_their_sign_are_posted(ann, kind, amount):
    give(ann, 100)
    refusal = refused(KindDoesNotFit, Posting(ann.pk, kind, amount, AT))
    assert (refusal.kind, refusal.amount) == (kind, amount)
    assert state(ann) == (100, 0, 0)


@pytest.mark.parametrize("amount", [1.5, 1.0, Decimal(1), "1", True, None])
def test_amounts_are_whole_numbers_and_never_rounded(ann, amount):
    assert refused(NotAWholeAmount, Posting(ann.pk, "award", amount, AT)).amount is amount


@pytest.mark.parametrize("amount", [0, -1, 2.5])
def test_awarding_spending_holding_or_reversing_less_than_one_is_refused(ann, amount):
    entry = give(ann, 10)
    words = {"member_id": ann.pk, "amount": amount, "at": AT, "source": key()}
    with pytest.raises(NotAWholeAmount):
        ledger.award(**words, expires_on=None)
    with pytest.raises(NotAWholeAmount):
        ledger.spend(**words)
    with pytest.raises(NotAWholeAmount):
        held(ann, amount)
    with pytest.raises(NotAWholeAmount):
        undo(entry, amount)
    hold = held(ann, 5)
    with pytest.raises(NotAWholeAmount):
        ledger.capture(hold.hold_id, Capture(key(), AT), amount=amount)
    assert state(ann) == (10, 5, 0)
    assert Entry.objects.count() == 1


def test_each_lot_holds_something(ann):
    refused(NotAWholeAmount, Posting(ann.pk, "award", 10, AT, lots=(LotGrant(10), LotGrant(0))))
    refused(NotAWholeAmount, Posting(ann.pk, "award", 10, AT, lots=(LotGrant(15), LotGrant(-5))))


def test_a_debit_names_no_lots(ann):
    give(ann, 10)
    refusal = refused(LotsDoNotAddUp, Posting(ann.pk, "spend", -5, AT, lots=(LotGrant(5),)))
    assert (refusal.amount, refusal.granted) == (-5, 5)


def test_an_amount_beyond_64_bits_is_refused(ann):
    refused(NotStorable, Posting(ann.pk, "award", LARGEST + 1, AT))
    give(ann, LARGEST)
    refused(NotStorable, Posting(ann.pk, "award", 1, AT))
    refused(NotStorable, Posting(ann.pk, "award", 1, AT), Posting(ann.pk, "award", 1, AT))
    assert state(ann) == (LARGEST, 0, 0)


def test_the_largest_amount_can_be_kept_and_spent(ann):
    give(ann, LARGEST)
    take(ann, LARGEST)
    assert state(ann) == (0, 0, 0)


def test_holding_more_than_64_bits_is_refused(ann):
    give(ann, 1)
    with pytest.raises(NotStorable), transaction.atomic():
        held(ann, 2**70)
    with pytest.raises(NotEnough), transaction.atomic():
        held(ann, LARGEST)
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    "explanation",
    [{"rate": float("nan")}, {"rate": float("inf")}, {"note": "a\x00b"}, {"note": "\ud800"}, {"\x00": 1}],
)
def test_a_proof_the_database_cannot_keep_is_refused(ann, ben, explanation):
    refused(NotStorable, Posting(ann.pk, "award", 1, AT, explanation=explanation))
    refused(
        NotStorable,
        Posting(ben.pk, "award", 1, AT),
        Posting(ann.pk, "award", 1, AT, "points", None, explanation),
    )
    with pytest.raises(NotStorable), transaction.atomic():
        ledger.decline([Declined(key(), ann.pk, AT, "no_rule", explanation)])
    assert not Decline.objects.exists()


@pytest.mark.parametrize("source", ["x" * 121, "a\x00b", "\udfff"])
def test_a_source_key_the_database_cannot_keep_is_refused(ann, source):
    refused(NotStorable, Posting(ann.pk, "award", 1, AT, source=source))
    give(ann, 10)
    with pytest.raises(NotStorable), transaction.atomic():
        ledger.hold(member_id=ann.pk, amount=1, source=source, at=AT, due_at=noon(TODAY.replace(day=2)))


def test_proofs_in_any_script_come_back_as_they_went_in(ann):
    proof = {"门店": "南京路店", "emoji": "🎁", "quotes": '"\\{},NULL', "nested": [{"a": None}]}
    entry = ledger.post([Posting(ann.pk, "award", 1, AT, source='"{a},\\b', explanation=proof)])[0]
    kept = Entry.objects.get(pk=entry.entry_id)
    assert (kept.explanation, kept.source) == (proof, '"{a},\\b')
    pair = [Posting(ann.pk, "award", 1, AT, source=f"{n}{{,}}\\", explanation=proof) for n in range(2)]
    kept = [Entry.objects.get(pk=p.entry_id) for p in ledger.post(pair)]
    assert [(e.explanation, e.source) for e in kept] == [(proof, "0{,}\\"), (proof, "1{,}\\")]


def test_an_unknown_member_is_named(ann):
    assert refused(UnknownMember, Posting(NOBODY, "award", 1, AT)).member_id == NOBODY
    both = [Posting(ann.pk, "award", 1, AT), Posting(NOBODY, "award", 1, AT)]
    assert refused(UnknownMember, *both).member_id == NOBODY
    with pytest.raises(UnknownMember), transaction.atomic():
        ledger.lock_accounts([ann.pk, NOBODY])
    with pytest.raises(NotEnough), transaction.atomic():
        ledger.spend(member_id=NOBODY, amount=1, at=AT, source=key())
    assert not Account.objects.exists()


def test_an_unknown_asset_is_named(ann):
    assert refused(UnknownAsset, Posting(ann.pk, "award", 1, AT, asset="gold")).code == "gold"


def test_an_unknown_entry_or_hold_is_named(ann):
    with pytest.raises(UnknownRow), transaction.atomic():
        undo(NOBODY)
    with pytest.raises(UnknownRow), transaction.atomic():
        ledger.release(NOBODY, at=AT)
    with pytest.raises(UnknownRow), transaction.atomic():
        ledger.capture(NOBODY, Capture(key(), AT))


def test_a_reversal_is_not_reversed(ann):
    back = undo(give(ann, 10), 4)
    with pytest.raises(UnknownRow), transaction.atomic():
        undo(back.entry_id)
    assert state(ann) == (6, 0, 0)


def test_an_unknown_shortfall_policy_is_named_not_guessed(ann):
    entry = give(ann, 10)
    with pytest.raises(UnknownShortfall) as refusal:
        ledger.reverse(entry, ReversalRequest(key(), AT, shortfall="Owe"))
    assert refusal.value.shortfall == "Owe"


def test_a_hold_must_last(ann):
    give(ann, 10)
    with pytest.raises(HeldForNoTime):
        held(ann, 1, minutes=0)


def test_a_key_that_earned_cannot_be_declined_nor_declined_twice(ann, ben):
    ledger.award(member_id=ann.pk, amount=1, at=AT, source="fact", expires_on=None)
    other = Declined("other", ben.pk, AT, "no_rule")
    with pytest.raises(AlreadyPosted) as refusal, transaction.atomic():
        ledger.decline([other, Declined("fact", ann.pk, AT, "no_rule")])
    assert refusal.value.source == "fact"
    assert not Decline.objects.exists()
    ledger.decline([other])
    with pytest.raises(AlreadyPosted) as refusal, transaction.atomic():
        ledger.decline([other])
    assert refusal.value.source == "other"
    ledger.decline([])
    assert Decline.objects.count() == 1
