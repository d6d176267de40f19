"""Money in: plans, caps, receipts; the same form once; what is refused changes nothing."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from apps.core import invariants
from apps.core.approvals import services as approvals
from apps.core.models import AuditEntry, OutboxEvent
from apps.ledger.models import Entry
from apps.members import services as members
from apps.wallet import acts, errors, queries, refusals
from apps.wallet import services as wallet
from apps.wallet.models import Policy, TopUp, TopUpPlan
from tests.wallet.conftest import AT, DAY, balance

pytestmark = pytest.mark.django_db


def test_a_plan_credits_principal_and_gift_apart(named, top_up, offered, clerk, store):
    made = top_up(named, offered(500, 50, gift_days=30), means="wechat", reference="WX-1")
    assert (made.principal_fen, made.gift_fen, made.gift_expires_on) == (50_000, 5_000, date(2026, 4, 17))
    assert (made.store, made.staff, made.day) == (store, clerk, DAY)
    assert made.receipt_number == f"T20260318-{made.pk:06d}"
    assert balance(named) == (50_000, 5_000)
    entries = Entry.objects.order_by("pk")
    assert [(e.account.asset.code, e.kind, e.amount, e.source) for e in entries] == [
        ("balance_principal", "award", 50_000, f"topup:{made.pk}:principal"),
        ("balance_gift", "award", 5_000, f"topup:{made.pk}:gift"),
    ]
    assert [e.lots.get().expires_on for e in entries] == [None, date(2026, 4, 17)]
    assert entries[0].explanation == {"top_up": made.pk, "receipt": made.receipt_number, "means": "wechat"}
    assert AuditEntry.objects.latest("pk").code == "wallet.top_up"
    event = OutboxEvent.objects.get(topic="wallet.topped_up")
    assert event.payload == {"top_up_id": made.pk, "member_id": named.pk}


def test_the_same_form_is_done_once_and_says_so_when_it_differs(named, top_up):
    key = uuid.uuid4()
    first, again = (top_up(named, amount_fen=100, key=key) for _ in range(2))
    assert first == again
    with pytest.raises(errors.FormSentBefore):
        top_up(named, amount_fen=200, key=key)
    with pytest.raises(errors.FormSentBefore):
        top_up(named, amount_fen=100, key=key, means="card")
    assert (balance(named), TopUp.objects.count()) == ((100, 0), 1)


def test_one_payment_pays_one_top_up(named, ben, top_up):
    top_up(named, amount_fen=100, means="alipay", reference="A1")
    with pytest.raises(errors.ReferenceUsed) as used:
        top_up(ben, amount_fen=100, means="alipay", reference="A1")
    assert used.value.reference == "A1"
    top_up(ben, amount_fen=100, means="card", reference="A1")
    assert (balance(ben), TopUp.objects.count()) == ((100, 0), 2)


def test_the_caps_are_those_of_the_law(named, ben, top_up, offered):
    """5,000 yuan for a member with name and phone, 1,000 without; only principal counts."""
    top_up(named, offered(4_500, 900))
    with pytest.raises(errors.TopUpRefused) as refused:
        top_up(named, amount_fen=50_001)
    assert (refused.value.fault, refused.value.most_fen) == ("over_cap", 50_000)
    with translation.override("en"):
        told = refusals.refusal(refused.value)
    assert told == "At most ¥500.00 more can be topped up: the legal cap."
    top_up(named, amount_fen=50_000)
    with pytest.raises(errors.TopUpRefused) as full:
        top_up(named, amount_fen=1)
    with translation.override("en"):
        assert refusals.refusal(full.value) == "The legal cap is reached: nothing more can be topped up."
    with pytest.raises(errors.TopUpRefused):
        top_up(ben, amount_fen=100_001)
    assert (balance(named), balance(ben)) == ((500_000, 90_000), (0, 0))


def test_a_plan_is_for_its_stores_its_time_and_so_many_times(named, top_up, offered, other_store, store):
    elsewhere = offered(100, 10, store_ids=(other_store.pk,))
    once = offered(200, 20, most_per_member=1)
    over = offered(300, 30, ends_at=AT)
    faults = []
    for plan in (elsewhere, once, once, over):
        try:
            top_up(named, plan)
            faults.append("")
        except errors.TopUpRefused as refused:
            faults.append(refused.fault)
    assert faults == ["other_store", "", "taken_too_often", "not_offered"]
    assert [plan.pk for plan in queries.offered_plans(store.pk, AT)] == [once.pk]
    assert [plan.pk for plan in queries.offered_plans(other_store.pk, AT)] == [elsewhere.pk, once.pk]
    assert balance(named) == (20_000, 2_000)


def test_free_amounts_are_switched_off_by_a_policy_two_agreed_on(named, top_up, marketer, operations):
    terms = wallet.PolicyTerms("in_proportion", 300_000, 50_000, 10, 15, takes_any_amount=False)
    payload = {name: getattr(terms, name) for name in terms.__dataclass_fields__}
    row = approvals.ask(act=acts.SET_POLICY, payload=payload, reason="stricter", staff=marketer, at=AT)
    assert (row.state, Policy.objects.count()) == ("waiting", 1)
    approvals.approve(request_id=row.pk, staff=operations, at=AT)
    assert queries.policy().split == "in_proportion"
    with pytest.raises(errors.TopUpRefused) as refused:
        top_up(named, amount_fen=100)
    assert refused.value.fault == "no_free_amount"


@pytest.mark.parametrize("act", ["freeze", "close"])
def test_a_membership_that_rests_takes_no_money(named, top_up, actor, act):
    getattr(members, act)(member_id=named.pk, reason="asked", actor=actor, at=AT)
    with pytest.raises(errors.MemberRests):
        top_up(named, amount_fen=100)
    assert not TopUp.objects.exists()


def test_a_plan_is_drafted_published_by_two_and_replaced_by_its_next_version(marketer, operations, actor):
    terms = wallet.PlanTerms("spring", "春季", 50_000, 5_000, starts_at=AT + timedelta(days=1))
    wallet.draft_plan(terms=terms, actor=actor, at=AT)
    ask = {"act": acts.PUBLISH, "reason": "spring", "staff": marketer, "at": AT}
    row = approvals.ask(payload=acts.plan_payload(terms), **ask)
    reworded = wallet.PlanTerms("spring", "春季", 50_000, 6_000)
    wallet.draft_plan(terms=reworded, actor=actor, at=AT)
    stopped = approvals.approve(request_id=row.pk, staff=operations, at=AT)
    assert (stopped.state, TopUpPlan.objects.get().published_at) == ("stopped", None)
    row = approvals.ask(payload=acts.plan_payload(reworded), **ask)
    approvals.approve(request_id=row.pk, staff=operations, at=AT)
    first = TopUpPlan.objects.get()
    assert (first.starts_at, first.ends_at, first.number) == (AT, None, 1)
    later = wallet.PlanTerms("spring", "春季二", 50_000, 8_000, starts_at=AT + timedelta(days=3))
    wallet.draft_plan(terms=later, actor=actor, at=AT)
    second = wallet.publish_plan(terms=later, actor=actor, at=AT)
    first.refresh_from_db()
    assert (first.ends_at, second.number) == (AT + timedelta(days=3), 2)
    states = {row.plan.number: row.state for row in queries.plan_rows(AT)}
    assert states == {1: "live", 2: "scheduled"}
    wallet.end_plan(code="spring", actor=actor, at=AT)
    assert {row.state for row in queries.plan_rows(AT)} == {"ended"}
    with pytest.raises(errors.PlanMissing):
        wallet.end_plan(code="spring", actor=actor, at=AT)
    for change in ({"gift_fen": 1}, {"ends_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            TopUpPlan.objects.filter(pk=second.pk).update(**change)


@pytest.mark.breaks_invariants
def test_rows_are_kept_and_each_invariant_fires(named, top_up, offered):
    top_up(named, offered(500, 50))
    with pytest.raises(DatabaseError), transaction.atomic():
        TopUp.objects.update(principal_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        TopUp.objects.all().delete()
    TopUp.objects.create(
        key=uuid.uuid4(),
        member=named,
        principal_fen=1,
        means="cash",
        store_id=named.home_store_id,
        staff_id=TopUp.objects.get().staff_id,
        day=DAY,
        at=AT,
    )
    assert [found.code for found in invariants.check()] == ["W1"]


def test_gift_ends_on_its_last_day_and_is_booked_once(named, top_up, offered):
    top_up(named, offered(500, 50, gift_days=30))
    last, after = date(2026, 4, 17), date(2026, 4, 18)
    assert (balance(named, last), balance(named, after)) == ((50_000, 5_000), (50_000, 0))
    assert wallet.lapse_gifts(as_of=last).points == 0
    assert wallet.lapse_gifts(as_of=after).points == 5_000
    assert wallet.lapse_gifts(as_of=after).points == 0
    assert queries.balance_of(named.pk, day=after).amount_fen == 50_000


def test_nobody_is_erased_while_their_own_money_is_here(named, top_up, offered, actor, refund):
    made = top_up(named, offered(500, 50))
    with pytest.raises(errors.BalanceLeft) as left:
        members.erase(member_id=named.pk, reason="asked", actor=actor, at=AT)
    assert left.value.principal_fen == 50_000
    refund(made, "cooling_off")
    members.erase(member_id=named.pk, reason="asked", actor=actor, at=AT)
    assert balance(named) == (0, 0)
