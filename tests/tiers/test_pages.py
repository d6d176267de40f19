"""Programmes in the back office: a preset becomes a draft, a draft a programme, a programme an assessment."""

import pytest
from django.urls import reverse

from apps.activity import services as activity
from apps.core import clock
from apps.tiers import presets, rules, tasks
from apps.tiers.models import AssessmentRun, Programme
from tests.tiers.conftest import day


@pytest.fixture
def rung(monkeypatch):
    """Which assessments and pasts workers were called to."""
    calls = []
    monkeypatch.setattr(tasks, "ring", lambda run_id: calls.append(("run", run_id)))
    monkeypatch.setattr(tasks, "ring_past", lambda programme_id: calls.append(("past", programme_id)))
    return calls


@pytest.mark.parametrize("preset", presets.PRESETS, ids=lambda preset: preset.code)
def test_every_preset_reads_and_is_told_as_it_reads(preset):
    spec = rules.from_json(preset.definition)
    assert rules.from_json(rules.to_json(spec)) == spec


def test_a_preset_is_created_published_and_assessed(client, operations, ann, purchase, rung):
    at = day("2026-05-13")
    activity.record([purchase(ann, ("A", 1, 120_000), at=day("2026-02-01"))], at=at)
    client.force_login(operations)
    with clock.moved_to(at):
        page = client.get(reverse("admin:tiers_programme_changelist")).content.decode()
        assert "四级会员，权益逐级累加" in page
        assert "白金会员" in page
        made = client.post(reverse("admin:tiers_programme_preset", args=["four-levels"]))
        programme = Programme.objects.get()
        assert made.url == reverse("admin:tiers_programme_change", args=[programme.pk])
        page = client.get(made.url).content.decode()
        assert "消费：每付满 ¥1.00 得 1 成长值" in page
        assert "按最近 12 个月的成长值计算。" in page
        client.post(reverse("admin:tiers_programme_publish", args=[programme.pk]), {"reason": "go"})
        programme.refresh_from_db()
        assert (programme.state, rung) == ("live", [("past", programme.pk)])
        assert tasks.book_past(programme.pk) == 1
        wish = {"as_of": "2026-05-13", "reason": "first"}
        client.post(reverse("admin:tiers_programme_assess", args=[programme.pk]), wish)
        run = AssessmentRun.objects.get()
        assert rung[1:] == [("run", run.pk)]
        tasks.run_chunks(run.pk)
        page = client.get(made.url).content.decode()
    run.refresh_from_db()
    assert (run.state, run.result["up"], run.requested_by) == ("done", 1, operations)
    assert "已完成" in page
    assert 'class="lr-number">1</td>' in page


def test_who_may_only_look_is_offered_no_act(client, auditor, rung):
    client.force_login(auditor)
    page = client.get(reverse("admin:tiers_programme_changelist"))
    assert page.status_code == 200
    assert "创建草稿" not in page.content.decode()
    refused = client.post(reverse("admin:tiers_programme_preset", args=["four-levels"]))
    assert (refused.status_code, Programme.objects.count()) == (403, 0)
