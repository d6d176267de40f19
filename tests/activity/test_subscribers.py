"""What follows an announcement: registrations earn by their rules, summaries follow purchases."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.activity import services as activity
from apps.activity.models import Activity, MemberSummary
from apps.activity.rules import Fact, FactLine
from apps.activity.tasks import expire_quotes
from apps.core import invariants
from apps.core.clock import moved_to
from apps.core.models import OutboxEvent
from apps.core.relay import relay_outbox
from apps.core.tasks import relay_outbox_task
from apps.ledger import queries as ledger
from apps.ledger.models import Decline
from apps.members import services as members
from apps.points import rules
from apps.points import services as points
from tests.activity.conftest import NOW
from tests.factories import OPENING


def enrol(store, at_till, phone="13800138000"):
    enrolment = members.Enrolment(phone=phone, name="王安", store_id=store.pk, channel_code="store")
    return members.enrol(enrolment=enrolment, actor=at_till, at=NOW).member


def test_a_registration_is_an_activity_once(store, at_till):
    member = enrol(store, at_till)
    assert relay_outbox(at=NOW) == 1
    act = Activity.objects.get()
    assert (act.kind, act.channel.code, act.external_id) == ("register", "system", f"register:{member.pk}")
    assert (act.member, act.store, act.occurred_at) == (member, store, NOW)
    assert Decline.objects.get().reason == "other_kind"
    again = OutboxEvent.objects.get(topic="member.enrolled")
    OutboxEvent.objects.create(topic=again.topic, payload=again.payload, created_at=again.created_at)
    relay_outbox(at=NOW)
    assert Activity.objects.count() == 1


def test_a_rule_may_award_registrations(store, at_till):
    spec = rules.EarningSpec(basis="per_activity", points=50, kinds=("register",))
    at = datetime(2025, 3, 2, tzinfo=UTC)
    version = points.draft_rule(draft=points.Draft("welcome", "新会员礼", spec), actor=at_till, at=at)
    points.publish_version(rule_id=version.rule_id, actor=at_till, at=at)
    member = enrol(store, at_till)
    relay_outbox(at=NOW)
    assert ledger.balance(member.pk) == 50


def test_a_member_closed_before_the_announcement_gets_nothing(store, at_till):
    member = enrol(store, at_till)
    members.close(member_id=member.pk, reason="asked for it", actor=at_till, at=NOW)
    relay_outbox(at=NOW)
    assert not Activity.objects.exists()
    assert not OutboxEvent.objects.filter(done_at=None, topic="member.enrolled").exists()


def test_summaries_count_purchases_and_refunds(ann, ben, purchase, at_till):
    activity.record([purchase(ann, ("MEAT", 2, 1000)), purchase(ben, ("MEAT", 1, 300))], at=NOW)
    first = activity.record_one(purchase(ann, ("MEAT", 2, 5000), at=OPENING), at=NOW)
    while relay_outbox(at=NOW):
        pass
    summary = MemberSummary.objects.get(member=ann)
    assert (summary.purchases, summary.spent_fen) == (2, 6000)
    assert (summary.first_visit_at, summary.last_visit_at) == (OPENING, NOW)
    line = Fact(
        "refund",
        "pos",
        "R1",
        ann.pk,
        NOW + timedelta(hours=1),
        lines=(FactLine("MEAT", "", 1, 2500),),
        refund_of=first.activity_id,
    )
    activity.record_one(line, at=NOW + timedelta(hours=1))
    assert relay_outbox_task() >= 1
    summary.refresh_from_db()
    assert (summary.purchases, summary.spent_fen) == (2, 3500)
    assert MemberSummary.objects.get(member=ben).spent_fen == 300
    assert invariants.check(["F6"]) == []


@pytest.mark.breaks_invariants
def test_a_wrong_summary_is_noticed(ann, purchase):
    activity.record_one(purchase(ann, ("MEAT", 2, 1000)), at=NOW)
    relay_outbox(at=NOW)
    assert invariants.check(["F6"]) == []
    MemberSummary.objects.update(spent_fen=999)
    (violation,) = invariants.check(["F6"])
    assert (violation.code, violation.rows[0]["summed"]) == ("F6", 1000)


def test_the_task_sweeps_quotes_by_the_clock(ann, at_till, store, clerk):
    request = activity.SaleRequest(ann.pk, store.pk, clerk.pk, (FactLine("MEAT", "", 1, 2000),))
    activity.quote_sale(request, actor=at_till, at=NOW)
    with moved_to(NOW + timedelta(minutes=14)):
        assert expire_quotes() == 0
    with moved_to(NOW + timedelta(minutes=16)):
        assert expire_quotes() == 1
