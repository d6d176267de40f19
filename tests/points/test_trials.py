"""Trying a basket: what each rule would give and why others would not, as the till would decide it."""

from datetime import timedelta

import pytest
from django.utils import translation

from apps.core import clock
from apps.ledger.models import Entry
from apps.members.models import Member, MemberStatus, MemberTag, Tag
from apps.points import rules, trials
from apps.points import services as points
from apps.points.models import CapUse, RuleVersion
from tests.points.making import AT, MARKETER, NOON, awarded, basket, earner, publish

pytestmark = pytest.mark.django_db
TRY = "/admin/points/try/"
FILLED = {
    "kind": "purchase",
    "at": "2026-03-18T12:00",
    "form-TOTAL_FORMS": "4",
    "form-INITIAL_FORMS": "0",
    "form-0-amount_fen": "128.50",
}


@pytest.fixture(autouse=True)
def _noon_in_english(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT), translation.override("en"):
        yield


@pytest.fixture
def desk(client, marketer):
    client.force_login(marketer)
    return client


def verdicts(outcome):
    return {verdict.rule.code: (verdict.points, verdict.told) for verdict in outcome.verdicts}


def tried(desk, **changes):
    return desk.post(TRY, FILLED | changes)


def text(response):
    return " ".join(response.content.decode().split())


def test_every_rule_says_what_it_gives_or_why_it_gives_nothing(desk):
    publish("double", rules.EarningSpec(effect="multiply", multiplier=200, tags_any=("vip",)))
    publish("wine", rules.EarningSpec(effect="bonus", categories=("wine",)))
    publish("sunday", rules.EarningSpec(weekdays=(7,)))
    publish("review", rules.EarningSpec(basis="per_activity", kinds=("review",), points=20))
    outcome = tried(desk).context["outcome"]
    assert outcome.points == 128
    assert verdicts(outcome) == {
        "base": (
            128,
            "“消费积分” (version 1): 1 point per ¥1.00 on ¥128.50, rounded down = 128 points; "
            "valid through 2027-12-31",
        ),
        "double": (0, "it is for members with another tag"),
        "wine": (0, "nothing of what it counts was bought"),
        "sunday": (0, "it runs on Sunday only"),
        "review": (0, "it is for other activities"),
    }
    assert outcome.verdicts[0].rule.code == "base"


def test_a_made_up_member_has_the_tags_and_birthday_filled_in(desk):
    Tag.objects.create(code="vip", name="VIP")
    publish("double", rules.EarningSpec(effect="multiply", multiplier=200, tags_any=("vip",)))
    publish("birth", rules.EarningSpec(effect="multiply", multiplier=300, birthday_month=True))
    told = verdicts(tried(desk, tags=["vip"], birthday="1990-03-01").context["outcome"])
    assert (told["double"][0], told["birth"][0]) == (128, 256)


def test_a_real_member_is_decided_as_at_the_till_with_the_caps_used_so_far(desk, ann):
    publish("double", rules.EarningSpec(effect="multiply", multiplier=200, cap_day=150))
    (award,) = awarded(earner(ann, 12_850))
    assert award.points == 256
    outcome = tried(desk, member=ann.number).context["outcome"]
    assert (outcome.points, verdicts(outcome)["double"][0]) == (128 + 22, 22)
    (again,) = awarded(earner(ann, 12_850))
    assert again.points == outcome.points
    assert (
        "its limit of 150 points is reached"
        in verdicts(tried(desk, member=ann.number).context["outcome"])["double"]
    )


def test_trying_keeps_nothing(desk, ann):
    publish("double", rules.EarningSpec(effect="multiply", multiplier=200, cap_day=150))
    tried(desk, member=ann.number)
    assert not CapUse.objects.exists()
    assert not Entry.objects.exists()


def test_a_frozen_member_earns_nothing_and_is_told_why(desk, ann):
    Member.objects.filter(pk=ann.pk).update(status=MemberStatus.FROZEN)
    outcome = tried(desk, member=ann.number).context["outcome"]
    assert (outcome.points, outcome.reason) == (0, "the membership is not active")
    assert verdicts(outcome) == {"base": (0, "the membership is not active")}


def test_a_draft_is_tried_before_it_is_published(desk):
    version = RuleVersion.objects.get(rule__code="base")
    spec = rules.EarningSpec(points=5)
    draft = points.edit_draft(rule_id=version.rule_id, spec=spec, actor=MARKETER, at=AT)
    assert tried(desk).context["outcome"].points == 128
    outcome = tried(desk, version=str(draft.pk)).context["outcome"]
    assert (outcome.points, outcome.verdicts[0].rule.number) == (642, 2)


def test_the_rules_of_another_time_are_asked_for_it(desk):
    publish("later", rules.EarningSpec(points=9), starts_at=AT + timedelta(days=3))
    assert "later" not in verdicts(tried(desk).context["outcome"])
    assert "later" in verdicts(tried(desk, at="2026-03-25T12:00").context["outcome"])


def test_points_used_as_money_lower_the_base_of_each_line(desk):
    publish("wine", rules.EarningSpec(effect="bonus", categories=("wine",)))
    lines = {"form-0-category": "wine", "form-1-amount_fen": "100", "form-1-category": "food"}
    outcome = tried(desk, **lines, discount_fen="28.50", **{"form-0-amount_fen": "100"}).context["outcome"]
    assert (outcome.paid_fen, outcome.points) == (17_150, 171 + 85)


@pytest.mark.parametrize(
    ("member", "told"), [("T999", "No such member."), ("13800001111", "No such member.")]
)
def test_who_is_not_there_is_refused_at_the_field(desk, member, told):
    answer = tried(desk, member=member)
    assert (answer.status_code, answer.context["form"].errors) == (422, {"member": [told]})


def test_members_outside_the_scope_are_not_there(client, manager, ann, far_store):
    manager.home_store = far_store
    manager.save()
    client.force_login(manager)
    assert tried(client, member=ann.number).context["form"].errors == {"member": ["No such member."]}
    assert tried(client).status_code == 200


def test_for_the_page_the_outcome_alone_comes_back(desk):
    part = desk.post(TRY, FILLED, headers={"HX-Request": "true"})
    assert "128 points for ¥128.50" in text(part)
    assert "<html" not in text(part)
    wrong = desk.post(TRY, FILLED | {"form-1-amount_fen": "x"}, headers={"HX-Request": "true"})
    assert "<strong>Amount (yuan)</strong> Enter a number with at most two decimals." in text(wrong)
    assert "nothing is kept" in text(desk.get(TRY))


def test_whoever_may_not_see_rules_tries_nothing(client, clerk):
    clerk.is_staff = True
    clerk.save()
    client.force_login(clerk)
    assert client.get(TRY).status_code == 403


def test_one_rule_and_ten_cost_the_same_queries(desk, ann, django_assert_num_queries):
    MemberTag.objects.create(member=ann, tag=Tag.objects.create(code="vip", name="VIP"), at=AT)
    publish("one", rules.EarningSpec(cap_day=1))
    asked = trials.Trial(basket(12_850, at=NOON), ann.pk)
    trials.outcome(asked)
    with django_assert_num_queries(TRIED):
        assert len(trials.outcome(asked).verdicts) == 2
    for number in range(9):
        publish(f"more{number}", rules.EarningSpec(tags_any=("vip",), cap_day=100))
    trials.outcome(asked)
    with django_assert_num_queries(TRIED):
        assert len(trials.outcome(asked).verdicts) == 11


TRIED = 5


def test_the_outcome_says_for_whom_without_the_whole_name(desk, ann):
    ann.name = "王小明"
    ann.save()
    told = text(tried(desk, member=ann.number))
    assert f'Tried for <strong>王**</strong> <span class="number">{ann.number}</span>' in told
    assert "王小明" not in told
    assert "Tried for a made-up member" in text(tried(desk))
