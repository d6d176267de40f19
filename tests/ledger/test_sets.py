"""A batch of plain credits is written set by set; what it writes is what one posting after another writes."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import invariants
from apps.ledger import services as ledger
from apps.ledger.errors import AlreadyPosted, UnknownMember
from apps.ledger.models import Account, Entry, Lot
from apps.ledger.services import LotGrant, Posting
from tests.factories import MemberFactory
from tests.ledger.acts import TODAY, give, noon, take, undo

pytestmark = pytest.mark.django_db
DAYS = st.none() | st.integers(0, 400).map(lambda n: TODAY + timedelta(days=n))
CREDITS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["points", "growth"]), st.integers(1, 10**12), DAYS, DAYS),
    min_size=2,
    max_size=12,
)


def postings(members, credits):
    return [
        Posting(
            members[who].pk,
            "award",
            amount,
            noon(TODAY) + timedelta(seconds=n),
            asset,
            f"set:{n}",
            {"n": n},
            (LotGrant(amount, last, first),),
        )
        for n, (who, asset, amount, last, first) in enumerate(credits)
    ]


def written():
    """All rows that postings write, without keys that differ between two tries."""
    entries = Entry.objects.order_by("id").values_list(
        "member_id", "account__asset__code", "kind", "amount", "balance_after", "source", "at", "explanation"
    )
    lots = Lot.objects.order_by("id").values_list(
        "member_id", "entry__source", "granted", "remaining", "available_on", "expires_on", "is_open"
    )
    accounts = Account.objects.order_by("member_id", "asset_id").values_list("member_id", "balance", "owed")
    return list(entries), list(lots), list(accounts)


def tried(act):
    """What the act answers and writes; then it is taken back."""
    with transaction.atomic():
        balances = [posted.balance for posted in act()]
        found = balances, written()
        assert invariants.check() == []
        transaction.set_rollback(True)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(credits=CREDITS)
def test_a_set_writes_what_one_after_another_writes(ann, ben, credits):
    cat = MemberFactory()
    wanted = postings([ann, ben, cat], credits)
    one_by_one = tried(lambda: [ledger.post([each])[0] for each in wanted])
    assert tried(lambda: ledger.post(wanted)) == one_by_one


def test_who_owes_is_settled_though_the_others_are_a_set(ann, ben):
    entry = give(ben, 100)
    take(ben, 100)
    undo(entry)
    posted = ledger.post(
        postings([ann, ben], [(0, "points", 30, None, None), (1, "points", 140, None, None)])
    )
    assert [each.balance for each in posted] == [30, 40]
    assert Account.objects.get(member=ben).owed == 0
    assert list(Lot.objects.filter(entry_id=posted[1].entry_id).values_list("remaining", flat=True)) == [40]
    assert invariants.check() == []


def test_a_set_with_a_stranger_is_refused_whole(ann):
    wanted = postings([ann, ann], [(0, "points", 1, None, None), (1, "points", 2, None, None)])
    with pytest.raises(UnknownMember), transaction.atomic():
        ledger.post([wanted[0], Posting(2**40, "award", 5, noon(TODAY), lots=(LotGrant(5),))])
    assert Entry.objects.filter(source="set:0").count() == 0


def test_a_set_with_a_key_that_acted_is_refused_whole(ann, ben):
    wanted = postings([ann, ben], [(0, "points", 1, None, None), (1, "points", 2, None, None)])
    ledger.post(wanted)
    before = written()
    with pytest.raises(AlreadyPosted) as refused, transaction.atomic():
        ledger.post(list(reversed(wanted)))
    assert refused.value.source in ("set:0", "set:1")
    assert written() == before
