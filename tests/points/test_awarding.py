from datetime import date, datetime

import pytest
from django.db import transaction

from apps.ledger import services as ledger
from apps.ledger.services import LotGrant
from apps.members.models import MemberTag, Tag
from apps.points import context, queries, rules
from apps.points import services as points
from apps.points.models import CapUse
from tests.factories import MemberFactory
from tests.points.making import AT, SHANGHAI, awarded, earner, publish

pytestmark = pytest.mark.django_db


def uses():
    return {(use.member_id, use.period): use.used for use in CapUse.objects.all()}


def test_a_new_database_awards_one_point_per_yuan_valid_through_next_year(ann):
    award = awarded(earner(ann, 12850))[0]
    assert (award.points, award.reason) == (128, "")
    assert award.lots == (LotGrant(128, date(2027, 12, 31)),)
    assert award.explanation["parts"][0] | {"version_id": 0, "rule_id": 0} == {
        "rule": "base",
        "name": "消费积分",
        "rule_id": 0,
        "version_id": 0,
        "version": 1,
        "base_fen": 12850,
        "rate": [1, 100],
        "rounding": "down",
        "points": 128,
        "expires_on": "2027-12-31",
    }


def test_history_earns_by_its_own_year(ann):
    day = datetime(2017, 12, 31, 23, 59, tzinfo=SHANGHAI)
    awards = awarded(earner(ann, 100, at=day), earner(ann, 100, at=day.replace(2018, 1, 1)))
    assert [award.lots[0].expires_on for award in awards] == [date(2018, 12, 31), date(2019, 12, 31)]


def test_what_is_planned_can_be_posted(ann):
    award = awarded(earner(ann, 12850))[0]
    ledger.lock_accounts([ann.pk])
    posting = ledger.Posting(
        ann.pk, "award", award.points, AT, explanation=award.explanation, lots=award.lots, source="x"
    )
    assert ledger.post([posting])[0].balance == 128


def test_a_purchase_worth_nothing_has_its_reason(ann):
    award = awarded(earner(ann, 0))[0]
    assert (award.points, award.lots, award.reason) == (0, (), "nothing_paid")
    assert award.explanation == {
        "amount_fen": 0,
        "points": 0,
        "misses": [{"reason": "nothing_paid"}],
    }


def test_caps_run_on_within_a_batch_and_beyond_it(ann, ben):
    publish("gift", rules.EarningSpec(effect="bonus", points=1, cap_day=150, cap_month=160))
    first = awarded(earner(ann, 10000), earner(ben, 1000), earner(ann, 10000))
    assert [award.points for award in first] == [200, 20, 150]
    assert uses() == {
        (ann.pk, "2026-03-18"): 150,
        (ann.pk, "2026-03"): 150,
        (ben.pk, "2026-03-18"): 10,
        (ben.pk, "2026-03"): 10,
    }
    tomorrow = awarded(earner(ann, 10000, at=datetime(2026, 3, 19, 9, tzinfo=SHANGHAI)))
    assert tomorrow[0].points == 110
    assert uses()[ann.pk, "2026-03"] == 160


def test_rolling_back_gives_the_caps_back(ann):
    publish("gift", rules.EarningSpec(effect="bonus", cap_life=10))
    with transaction.atomic():
        awarded(earner(ann, 10000))
        transaction.set_rollback(True)
    assert uses() == {}
    assert awarded(earner(ann, 10000))[0].points == 110


def test_a_refund_frees_the_cap_it_used(ann):
    publish("gift", rules.EarningSpec(effect="bonus", cap_life=50))
    whole, half = earner(ann, 4000).basket, earner(ann, 2000).basket
    award = awarded(points.Earner(ann.pk, whole))[0]
    assert award.points == 80
    parts = rules.stored_parts(award.explanation)
    taken = rules.take_back(parts, whole, half, queries.rules_of(parts))
    assert taken.points == 40
    points.release_caps([points.CapRelease(ann.pk, *freed) for freed in taken.caps])
    assert uses() == {(ann.pk, "life"): 20}


def test_cap_use_never_falls_below_zero(ann):
    gift = publish("gift", rules.EarningSpec(effect="bonus", cap_life=50))
    awarded(earner(ann, 1000))
    points.release_caps([points.CapRelease(ann.pk, gift.rule_id, "life", 99)])
    assert uses() == {(ann.pk, "life"): 0}


def test_tags_birthdays_and_facts_of_upper_apps_decide(ann, ben, monkeypatch):
    monkeypatch.setitem(context.PROVIDERS, "tier", lambda ids, at: {ann.pk: "gold"})
    ben.birthday = date(1990, 3, 1)
    ben.save()
    MemberTag.objects.create(member=ben, tag=Tag.objects.create(code="vip", name="VIP"), at=AT)
    publish("vip", rules.EarningSpec(effect="bonus", basis="per_purchase", points=5, tags_any=("vip",)))
    publish("month", rules.EarningSpec(effect="bonus", basis="per_purchase", points=7, birthday_month=True))
    gold = (rules.FactCondition("tier", ("gold",)),)
    publish("gold", rules.EarningSpec(effect="bonus", basis="per_purchase", points=11, facts=gold))
    assert [award.points for award in awarded(earner(ann, 100), earner(ben, 100))] == [12, 13]


def test_a_second_provider_of_one_fact_is_refused(monkeypatch):
    monkeypatch.setattr(context, "PROVIDERS", {})
    context.provide("tier", dict)
    with pytest.raises(ValueError, match="tier"):
        context.provide("tier", lambda ids, at: {})


def test_a_frozen_member_is_seen_when_a_rule_asks_about_members(ann):
    ann.status = "frozen"
    ann.save()
    publish("vip", rules.EarningSpec(effect="bonus", tags_none=("staff",)))
    assert awarded(earner(ann, 100))[0].reason == "member_not_active"


@pytest.mark.parametrize("size", [1, 30])
def test_a_plain_batch_costs_one_query_whatever_its_size(ann, size, django_assert_num_queries):
    awarded(earner(ann, 100))
    with django_assert_num_queries(1):
        awarded(*[earner(ann, 100) for _ in range(size)])


@pytest.mark.parametrize("size", [1, 30])
def test_a_capped_batch_costs_one_read_and_one_write_more(store, size, django_assert_num_queries):
    publish("gift", rules.EarningSpec(effect="bonus", cap_day=10, cap_life=99))
    members = [MemberFactory(home_store=store) for _ in range(size)]
    awarded(earner(members[0], 100))
    with django_assert_num_queries(3):
        awarded(*[earner(member, 10000) for member in members])
