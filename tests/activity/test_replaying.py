"""Replaying history: exactly what was awarded where nothing differs, and what would differ where it does."""

from datetime import timedelta
from itertools import product
from random import Random

import pytest

from apps.activity import queries, reports, tasks
from apps.activity import services as activity
from apps.activity.errors import NotReplayable, ReplayEnded
from apps.activity.models import Activity, Replay, ReplayChunk
from apps.activity.rules import Fact, FactLine, Tally
from apps.activity.services import RefundRequest, ReplayRequest
from apps.core import clock
from apps.core.audit import Actor
from apps.core.models import AuditEntry
from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.members.models import Member, MemberStatus
from apps.points import rules
from apps.points import services as points
from apps.points.models import CapUse, RuleVersion
from tests.factories import OPENING, ChannelFactory, MemberFactory

pytestmark = pytest.mark.django_db

MARKETER = Actor("marketer")
FOUNDED = OPENING - timedelta(days=30)
NOW = OPENING + timedelta(days=80)  # 20 May 2025, 10:00 in the shop
BASE = "base"


def publish(code, at=FOUNDED, **wording):
    draft = points.Draft(code, code.title(), rules.EarningSpec(**wording))
    version = points.draft_rule(draft=draft, actor=MARKETER, at=at)
    return points.publish_version(rule_id=version.rule_id, actor=MARKETER, at=at)


def draft_of(code, **wording):
    rule_id = RuleVersion.objects.filter(rule__code=code).first().rule_id
    return points.edit_draft(rule_id=rule_id, spec=rules.EarningSpec(**wording), actor=MARKETER, at=NOW)


def version_of(code):
    return RuleVersion.objects.filter(rule__code=code).first()


def replayed(version, days=90, at=NOW):
    started = activity.start_replay(request=ReplayRequest(version.pk, days), actor=MARKETER, at=at)
    while activity.run_replay_chunk(replay_id=started.pk, at=at):
        pass
    assert activity.finish_replay(replay_id=started.pk, at=at)
    return Replay.objects.get(pk=started.pk)


def told(version, staff, **rest):
    return reports.report(replayed(version, **rest), staff)


@pytest.fixture
def buy(pos, store):
    ChannelFactory(code="till", name="Till")

    def record(member, key, fen, at, **rest):
        lines = rest.pop("lines", (FactLine("food", "", 1, fen),))
        fact = Fact("purchase", "pos", key, member.pk, at, store.pk, lines=lines, **rest)
        return activity.record_one(fact, at=at)

    return record


@pytest.fixture
def lived(buy, ann, ben, store, at_till):
    """Eighty days of a shop with capped rules: batches out of order, refunds in parts, standing that changes,
    points as money, activities that earn nothing."""
    publish("double", effect="multiply", multiplier=200, cap_month=150, cap_day=90)
    publish("welcome", basis="per_purchase", points=30, effect="bonus", cap_life=100, min_amount_fen=500)
    publish("food", effect="bonus", points=1, unit_fen=300, categories=("food",), cap_purchase=40)
    publish("birth", effect="multiply", multiplier=150, birthday_month=True, cap_month=60)
    chance = Random(8451)
    Member.objects.filter(pk=ann.pk).update(birthday="1990-04-08")
    people = [ann, ben, *MemberFactory.create_batch(4, home_store=store)]
    for batch in range(12):
        at = OPENING + timedelta(days=6 * batch + 5, hours=chance.randint(0, 9))
        facts = []
        for n in range(8):
            member, fen = chance.choice(people), chance.choice((40, 900, 4800, 12_850, 20_000))
            occurred = at - timedelta(days=chance.randint(0, 9), minutes=chance.randint(0, 900))
            lines = (FactLine("food", "", 2, fen), FactLine("wine", "", 1, chance.randint(0, 3000)))
            key = f"{chance.randint(0, 999)}-{batch}-{n}"
            facts.append(Fact("purchase", "pos", key, member.pk, occurred, store.pk, lines=lines))
        receipts = activity.record(facts, at=at)
        for receipt in receipts[::3]:
            line = queries.sale(receipt.activity_id).lines[0]
            back = RefundRequest(receipt.activity_id, {line.line_id: 1}, key=f"r{receipt.activity_id}")
            activity.refund(back, actor=at_till, at=at + timedelta(hours=1))
        frozen = MemberStatus.FROZEN if batch == 6 else MemberStatus.ACTIVE
        Member.objects.filter(pk=ben.pk).update(status=frozen)
    Member.objects.filter(pk=ben.pk).update(status=MemberStatus.FROZEN)
    return people


def awarded_by_member():
    sums = {}
    for entry in Entry.objects.filter(kind="award"):
        sums[entry.member_id] = sums.get(entry.member_id, 0) + entry.amount
    return sums


def test_a_live_rule_replayed_where_it_was_live_gives_exactly_what_was_awarded(lived, operations):
    for code, days in product(("base", "double", "welcome", "food", "birth"), (30, 90, 365)):
        report = told(version_of(code), operations, days=days)
        assert report.total.awarded > 0, (code, days)
        gains = [(line.name, line.total.gain) for line in report.lines if line.total.gain]
        assert (gains, report.members["gain"], report.members["loss"]) == ([], 0, 0), (code, days)
        assert all(each.awarded == each.replayed for each in report.examples), (code, days)
        assert [each.was for each in report.examples] == [each.now for each in report.examples], (code, days)


def test_the_history_has_what_the_exactness_is_about(lived):
    """Caps cut, refunds set caps free, declined and inactive ones are there: else the test above is empty."""
    assert CapUse.objects.filter(period="life", used=100).exists()
    parts = [part for entry in Entry.objects.filter(kind="award") for part in entry.explanation["parts"]]
    assert sum("cut" in part for part in parts) > 10
    assert Activity.objects.filter(kind="refund").count() == 36
    assert Entry.objects.filter(kind="reverse").count() > 20


def test_the_sums_are_those_of_the_ledger(lived, operations):
    report = told(version_of(BASE), operations, days=365)
    assert report.total.awarded == sum(awarded_by_member().values())
    assert report.activities == Activity.objects.filter(kind="purchase").count()


def test_a_replay_writes_nothing_but_its_result(lived):
    before = (Entry.objects.count(), list(CapUse.objects.order_by("pk").values_list("pk", "used")))
    replayed(draft_of(BASE, points=3))
    after = (Entry.objects.count(), list(CapUse.objects.order_by("pk").values_list("pk", "used")))
    assert after == before
    assert not ReplayChunk.objects.exists()


def test_however_it_is_cut_and_whoever_does_it_the_result_is_the_same(lived, monkeypatch):
    draft = draft_of("double", effect="multiply", multiplier=300, cap_month=200)
    whole = replayed(draft).result
    monkeypatch.setattr(queries.history, "ACTIVITIES_AT_ONCE", 1)
    monkeypatch.setattr(queries.member_ranges, "__kwdefaults__", {"size": 1})
    started = activity.start_replay(request=ReplayRequest(draft.pk, 90), actor=MARKETER, at=NOW)
    assert ReplayChunk.objects.count() == len(lived)
    chunks = list(ReplayChunk.objects.order_by("-first_member"))
    while activity.run_replay_chunk(replay_id=started.pk, at=NOW):
        pass
    tallies = [Tally.from_json(ReplayChunk.objects.get(pk=chunk.pk).tally) for chunk in chunks]
    backwards = Tally()
    for tally in tallies:
        backwards.merge(tally)
    assert activity.finish_replay(replay_id=started.pk, at=NOW)
    result = Replay.objects.get(pk=started.pk).result
    assert result == whole
    assert backwards.to_json()["cells"] == whole["cells"]


def test_a_draft_is_told_by_rule_month_member_and_money(buy, ann, ben, operations):
    buy(ann, "1", 10_000, OPENING + timedelta(days=20))
    buy(ann, "2", 5_000, OPENING + timedelta(days=70))
    buy(ben, "3", 90, OPENING + timedelta(days=70))
    report = told(draft_of(BASE, points=2), operations)
    assert report.months == ("2025-03", "2025-05")
    (line,) = report.lines
    assert [(cell.awarded, cell.replayed, cell.gain) for cell in line.months] == [
        (100, 200, 100),
        (50, 101, 51),
    ]
    assert (report.total.awarded, report.total.replayed, report.total.cost_fen) == (150, 301, 151)
    assert (report.members["gain"], report.members["gain_points"]) == (2, 151)
    assert (report.members["new_earners"], report.members["no_earners"]) == (1, 0)
    assert (report.members["loss"], report.members["same"]) == (0, 0)
    assert [(each.name, each.awarded, each.replayed) for each in report.examples] == [
        ("王*", 100, 200),
        ("李*", 0, 1),
    ]


def test_members_who_lose_are_told_apart(buy, ann, ben, operations):
    buy(ann, "1", 10_000, OPENING + timedelta(days=20))
    buy(ben, "2", 500, OPENING + timedelta(days=20))
    report = told(draft_of(BASE, min_amount_fen=1_000), operations)
    assert (report.members["loss"], report.members["loss_points"], report.members["same"]) == (1, -5, 1)
    assert report.members["no_earners"] == 1
    assert [(each.name, each.gain) for each in report.examples] == [("李*", -5), ("王*", 0)]
    assert report.examples[0].was != report.examples[0].now


def test_a_cap_of_a_draft_begins_with_what_was_used_before_the_window(buy, ann, operations):
    publish("double", effect="multiply", multiplier=200, cap_month=100)
    buy(ann, "1", 6_000, OPENING + timedelta(days=10))  # 11 March: 60 of the month's 100
    buy(ann, "2", 6_000, OPENING + timedelta(days=25))  # 26 March: 40 left
    at = OPENING + timedelta(days=30)
    day_before = version_of("double")
    report = told(day_before, operations, days=10 + 2, at=at)
    assert [line.total.awarded for line in report.lines if line.name == "Double"] == [40]
    assert report.total.gain == 0
    wider = told(draft_of("double", effect="multiply", multiplier=200, cap_month=130), operations, at=at)
    assert wider.total.gain == 20


def test_a_refund_sets_a_draft_s_cap_free_for_what_came_later(buy, ann, operations, at_till):
    publish("double", effect="multiply", multiplier=200, cap_month=100)
    at = OPENING + timedelta(days=10)
    sold = buy(ann, "1", 10_000, at, lines=(FactLine("food", "", 2, 10_000),))
    line = queries.sale(sold.activity_id).lines[0]
    activity.refund(
        RefundRequest(sold.activity_id, {line.line_id: 1}, key="r"), actor=at_till, at=at + timedelta(hours=1)
    )
    buy(ann, "2", 9_000, at + timedelta(hours=2))
    parts = [part for e in Entry.objects.filter(kind="award") for part in e.explanation["parts"]]
    assert [part["points"] for part in parts if part["rule"] == "double"] == [100, 50]
    halved = told(draft_of("double", effect="multiply", multiplier=200, cap_month=80), operations, at=NOW)
    (double,) = [line for line in halved.lines if line.name == "Double"]
    assert (double.total.awarded, double.total.replayed) == (150, 80 + 30)


def test_worst_case_counts_every_rule_at_once(buy, ann, operations):
    publish("double", effect="multiply", multiplier=200, weekdays=(1,), tags_any=("vip",))
    publish("gift", effect="bonus", basis="per_purchase", points=50, stores=("elsewhere",), cap_day=20)
    publish("review", basis="per_activity", kinds=("review",), points=500)
    buy(ann, "1", 10_000, OPENING + timedelta(days=20))
    buy(ann, "2", 30_000, OPENING + timedelta(days=21))
    report = told(version_of(BASE), operations)
    assert [(most.amount_fen, most.points) for most in report.stack] == [(20_000, 420), (30_000, 620)]
    assert [step.points for step in report.stack[0].steps] == [200, 200, 20]
    assert (report.stack[0].cost_fen, report.stack[0].share_bp) == (420, 210)


def test_only_earning_rules_are_replayed(db):
    version = RuleVersion.objects.get(rule__code="annual")
    with pytest.raises(NotReplayable) as refused:
        activity.start_replay(request=ReplayRequest(version.pk, 30), actor=MARKETER, at=NOW)
    assert refused.value.kind == "clearing"
    assert not Replay.objects.exists()


def test_a_cancelled_replay_stops_and_stays_cancelled(lived):
    started = activity.start_replay(request=ReplayRequest(version_of(BASE).pk, 90), actor=MARKETER, at=NOW)
    activity.cancel_replay(replay_id=started.pk, actor=MARKETER, at=NOW)
    assert activity.run_replay_chunk(replay_id=started.pk, at=NOW) is False
    assert activity.finish_replay(replay_id=started.pk, at=NOW) is False
    with pytest.raises(ReplayEnded):
        activity.cancel_replay(replay_id=started.pk, actor=MARKETER, at=NOW)
    replay = Replay.objects.get()
    assert (replay.state, replay.result) == ("cancelled", {})
    assert list(AuditEntry.objects.filter(code="activity.cancel_replay").values_list("data", flat=True)) == [
        {"name": "消费积分", "version": 1, "days": 90}
    ]


def test_a_replay_whose_draft_was_discarded_is_cancelled(lived):
    draft = draft_of(BASE, points=2)
    started = activity.start_replay(request=ReplayRequest(draft.pk, 90), actor=MARKETER, at=NOW)
    points.discard_draft(rule_id=draft.rule_id, actor=MARKETER, at=NOW)
    assert activity.run_replay_chunk(replay_id=started.pk, at=NOW) is False
    assert activity.finish_replay(replay_id=started.pk, at=NOW) is False
    assert Replay.objects.get().state == "cancelled"


def test_the_task_runs_a_replay_to_its_end_and_a_bell_rings_for_those_left(lived, monkeypatch):
    started = activity.start_replay(request=ReplayRequest(version_of(BASE).pk, 90), actor=MARKETER, at=NOW)
    rung = []
    monkeypatch.setattr(tasks.run_replay, "delay", rung.append)
    assert tasks.resume_replays() == [started.pk]
    assert rung == [started.pk] * tasks.WORKERS
    monkeypatch.setattr(tasks, "SECONDS_AT_ONCE", -1)
    assert tasks.run_replay(started.pk) == 1
    assert rung[2:] == [started.pk]
    with clock.moved_to(NOW):
        tasks.run_replay(started.pk)
    assert (Replay.objects.get().state, tasks.resume_replays()) == ("done", [])


def test_what_is_recorded_later_is_not_part_of_a_replay(buy, ann, operations):
    buy(ann, "1", 10_000, OPENING + timedelta(days=20))
    started = activity.start_replay(request=ReplayRequest(version_of(BASE).pk, 90), actor=MARKETER, at=NOW)
    buy(ann, "2", 10_000, OPENING + timedelta(days=21))
    while activity.run_replay_chunk(replay_id=started.pk, at=NOW):
        pass
    activity.finish_replay(replay_id=started.pk, at=NOW)
    report = reports.report(Replay.objects.get(), operations)
    assert (report.activities, report.total.awarded) == (1, 100)


def test_points_used_as_money_earn_nothing_again(buy, ann, operations):
    ledger.post([ledger.Posting(ann.pk, "award", 5000, OPENING)])
    at = OPENING + timedelta(days=20)
    hold = ledger.hold(member_id=ann.pk, amount=1000, source="hold:quote:1", at=at, due_at=at + timedelta(1))
    buy(ann, "1", 3_333, at, discount_fen=1000, points_spent=1000, hold_id=hold.hold_id)
    report = told(version_of(BASE), operations)
    assert (report.total.awarded, report.total.gain) == (23, 0)
