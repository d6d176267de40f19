from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from apps.core.models import AuditEntry
from apps.points import errors, queries, rules
from apps.points import services as points
from apps.points.models import Rule, RuleVersion
from tests.points.making import AT, MARKETER, publish

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def version_at(code, at):
    return {rule.code: rule.number for rule in queries.live_rules(at)}.get(code)


def test_a_draft_earns_nobody_anything():
    draft = points.Draft("gift", "Gift", rules.EarningSpec())
    version = points.draft_rule(draft=draft, actor=MARKETER, at=AT)
    assert (version.number, version.published_at) == (1, None)
    assert version_at("gift", AT) is None


def test_a_new_database_has_its_founding_rules():
    page = queries.live_page(AT)
    assert [rule.code for rule in page.earning] == ["base"]
    assert page.spending == rules.SpendingSpec(100, 100, 100, 100, 5000)
    assert page.refund == rules.RefundSpec("owe", 30)
    assert page.clearing == {"annual": rules.ClearingSpec("annual_rolling", 1, is_default=True)}


def test_publishing_again_makes_the_next_version_and_keeps_the_first():
    first = publish("gift", rules.EarningSpec(points=2))
    points.edit_draft(rule_id=first.rule_id, spec=rules.EarningSpec(points=3), actor=MARKETER, at=AT)
    assert version_at("gift", AT) == 1
    points.publish_version(rule_id=first.rule_id, actor=MARKETER, at=AT, starts_at=AT + HOUR)
    assert [version_at("gift", AT + HOUR * n) for n in (0, 1)] == [1, 2]
    first.refresh_from_db()
    assert (first.definition, first.ends_at) == ({"points": 2}, None)


def test_a_limited_version_gives_way_to_the_one_before():
    first = publish("gift", rules.EarningSpec(points=2))
    points.edit_draft(rule_id=first.rule_id, spec=rules.EarningSpec(points=3), actor=MARKETER, at=AT)
    points.publish_version(rule_id=first.rule_id, actor=MARKETER, at=AT, ends_at=AT + HOUR)
    assert [version_at("gift", AT + HOUR * n) for n in (0, 1)] == [2, 1]


def test_ending_a_rule_ends_every_version_also_one_to_come():
    first = publish("gift", rules.EarningSpec(points=2))
    points.edit_draft(rule_id=first.rule_id, spec=rules.EarningSpec(points=3), actor=MARKETER, at=AT)
    points.publish_version(rule_id=first.rule_id, actor=MARKETER, at=AT, starts_at=AT + 5 * HOUR)
    assert points.end_rule(rule_id=first.rule_id, actor=MARKETER, at=AT + HOUR) == 2
    assert [version_at("gift", AT + HOUR * n) for n in (0, 1, 9)] == [1, None, None]
    with pytest.raises(errors.NothingToEnd):
        points.end_rule(rule_id=first.rule_id, actor=MARKETER, at=AT + HOUR)


def test_nothing_starts_or_ends_in_the_past():
    version = points.draft_rule(
        draft=points.Draft("gift", "Gift", rules.EarningSpec()), actor=MARKETER, at=AT
    )
    with pytest.raises(errors.StartsInThePast):
        points.publish_version(rule_id=version.rule_id, actor=MARKETER, at=AT, starts_at=AT - HOUR)
    with pytest.raises(errors.StartsInThePast):
        points.end_rule(rule_id=version.rule_id, actor=MARKETER, at=AT, ends_at=AT - HOUR)
    version.refresh_from_db()
    assert version.published_at is None


def test_a_period_that_ends_before_it_starts_is_refused():
    version = points.draft_rule(
        draft=points.Draft("gift", "Gift", rules.EarningSpec()), actor=MARKETER, at=AT
    )
    with pytest.raises(errors.WordingWrong) as refused:
        points.publish_version(rule_id=version.rule_id, actor=MARKETER, at=AT, ends_at=AT)
    assert refused.value.problems == [("ends_at", "before_start")]


def test_a_wrong_wording_is_not_kept():
    with pytest.raises(errors.WordingWrong) as refused:
        points.draft_rule(
            draft=points.Draft("gift", "Gift", rules.EarningSpec(points=0)), actor=MARKETER, at=AT
        )
    assert refused.value.problems == [("points", "positive")]
    assert not Rule.objects.filter(code="gift").exists()


def test_a_code_is_taken_once():
    publish("gift", rules.EarningSpec())
    with pytest.raises(errors.CodeTaken):
        publish("gift", rules.EarningSpec())
    assert RuleVersion.objects.filter(rule__code="gift").count() == 1


def test_a_draft_keeps_the_kind_of_its_rule():
    gift = publish("gift", rules.EarningSpec())
    with pytest.raises(errors.WordingWrong):
        points.edit_draft(rule_id=gift.rule_id, spec=rules.RefundSpec(), actor=MARKETER, at=AT)


def test_an_earning_rule_can_only_name_a_published_clearing_policy():
    with pytest.raises(errors.WordingWrong) as refused:
        publish("gift", rules.EarningSpec(clearing="quarter"))
    assert refused.value.problems == [("clearing", "unknown_policy")]
    publish("quarter", rules.ClearingSpec("days", 90))
    gift = Rule.objects.get(code="gift")
    version = points.publish_version(rule_id=gift.pk, actor=MARKETER, at=AT)
    assert version.definition == {"clearing": "quarter"}


def test_discarding_the_only_draft_drops_the_rule_and_keeps_a_published_one():
    version = points.draft_rule(
        draft=points.Draft("gift", "Gift", rules.EarningSpec()), actor=MARKETER, at=AT
    )
    points.discard_draft(rule_id=version.rule_id, actor=MARKETER, at=AT)
    assert not Rule.objects.filter(code="gift").exists()
    kept = publish("gift", rules.EarningSpec())
    points.edit_draft(rule_id=kept.rule_id, spec=rules.EarningSpec(points=9), actor=MARKETER, at=AT)
    points.discard_draft(rule_id=kept.rule_id, actor=MARKETER, at=AT)
    with pytest.raises(errors.NoDraft):
        points.discard_draft(rule_id=kept.rule_id, actor=MARKETER, at=AT)
    assert version_at("gift", AT) == 1


def test_every_act_is_audited():
    gift = publish("gift", rules.EarningSpec())
    points.edit_draft(rule_id=gift.rule_id, spec=rules.EarningSpec(points=2), actor=MARKETER, at=AT)
    points.discard_draft(rule_id=gift.rule_id, actor=MARKETER, at=AT)
    points.end_rule(rule_id=gift.rule_id, actor=MARKETER, at=AT)
    rows = AuditEntry.objects.filter(subject_type="points.rule", subject_id=str(gift.rule_id))
    assert list(rows.order_by("id").values_list("code", flat=True)) == [
        "points.draft_rule",
        "points.publish_version",
        "points.edit_draft",
        "points.discard_draft",
        "points.end_rule",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"definition": {"points": 99}},
        {"number": 9},
        {"starts_at": AT - HOUR},
        {"published_at": None},
    ],
)
def test_the_database_refuses_to_change_a_published_version(change):
    version = publish("gift", rules.EarningSpec())
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        RuleVersion.objects.filter(pk=version.pk).update(**change)
    version.refresh_from_db()
    assert (version.definition, version.number, version.starts_at) == ({}, 1, AT)


def test_the_database_refuses_to_delete_a_published_version():
    version = publish("gift", rules.EarningSpec())
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        RuleVersion.objects.filter(pk=version.pk).delete()
    assert RuleVersion.objects.filter(pk=version.pk).exists()


def test_an_end_may_come_sooner_but_never_later():
    version = publish("gift", rules.EarningSpec(), ends_at=AT + 2 * HOUR)
    RuleVersion.objects.filter(pk=version.pk).update(ends_at=AT + HOUR)
    for later in (AT + 3 * HOUR, None):
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            RuleVersion.objects.filter(pk=version.pk).update(ends_at=later)
    version.refresh_from_db()
    assert version.ends_at == AT + HOUR


def test_a_published_rule_keeps_its_code():
    version = publish("gift", rules.EarningSpec())
    with pytest.raises(DatabaseError, match="keeps its code"), transaction.atomic():
        Rule.objects.filter(pk=version.rule_id).update(code="other")
