"""Publishing under four eyes: the wording approved is the wording published."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.core.approvals import errors, telling
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.points import rules
from apps.points import services as points
from apps.points.acts import publishing
from apps.points.models import RuleVersion
from tests.points.making import AT, MARKETER

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def draft(operations):
    wish = points.Draft("gift", "Gift", rules.EarningSpec(points=3))
    return points.draft_rule(draft=wish, actor=MARKETER, at=AT)


def ask(staff, draft, starts_at=None, ends_at=None):
    wish = {"act": publishing.PUBLISH, "payload": publishing.payload(draft.rule_id, starts_at, ends_at)}
    return approvals.ask(**wish, reason="spring", staff=staff, at=AT)


def published(draft):
    return RuleVersion.objects.get(pk=draft.pk).published_at


def test_it_waits_for_a_second_person_who_reads_the_sentence(marketer, operations, draft, settings):
    row = ask(marketer, draft)
    assert (row.state, published(draft)) == ("waiting", None)
    assert "v1" not in telling.sentence(row)
    assert "3" in telling.sentence(row)
    done = approvals.approve(request_id=row.pk, staff=operations, at=AT + HOUR)
    assert (done.state, done.basis) == ("done", "second")
    version = RuleVersion.objects.get(pk=draft.pk)
    assert (version.published_at, version.starts_at) == (AT + HOUR, AT + HOUR)
    assert version.published_by == marketer


def test_nobody_publishes_his_own(operations, marketer, draft):
    row = ask(operations, draft)
    with pytest.raises(errors.OwnRequest):
        approvals.approve(request_id=row.pk, staff=operations, at=AT)
    with pytest.raises(errors.NotAllowed):  # a marketer asks and does not approve
        approvals.approve(request_id=row.pk, staff=marketer, at=AT)


def test_where_it_never_asks_it_is_published_at_once(marketer, draft):
    ApprovalThreshold.objects.create(act=publishing.PUBLISH, mode="never")
    assert ask(marketer, draft).basis == "below"
    assert published(draft) == AT


def test_rejected_or_expired_it_stays_a_draft(marketer, operations, draft):
    row = ask(marketer, draft)
    approvals.reject(request_id=row.pk, staff=operations, at=AT, note="too generous")
    again = ask(marketer, draft)
    approvals.expire_due(at=again.expires_at)
    assert published(draft) is None


def test_a_draft_worded_anew_meanwhile_stops_it_with_both_sentences(marketer, operations, draft):
    row = ask(marketer, draft)
    points.edit_draft(rule_id=draft.rule_id, spec=rules.EarningSpec(points=99), actor=MARKETER, at=AT)
    stopped = approvals.approve(request_id=row.pk, staff=operations, at=AT)
    assert (stopped.state, published(draft)) == ("stopped", None)
    ((_label, was, now),) = telling.told(stopped, AT).differences
    assert "3" in was.text
    assert "99" in now.text


def test_a_start_that_has_passed_meanwhile_stops_it(marketer, operations, draft):
    row = ask(marketer, draft, starts_at=AT + HOUR)
    stopped = approvals.approve(request_id=row.pk, staff=operations, at=AT + 2 * HOUR)
    assert (stopped.state, published(draft)) == ("stopped", None)
    assert stopped.fault == "时间已过。请选择更晚的时间，或留空表示立即。"


def test_the_page_asks(client, marketer, draft):
    client.force_login(marketer)
    with clock.moved_to(AT):
        client.post(f"/admin/points/rule/{draft.rule_id}/act/", {"act": "publish", "reason": "spring"})
        shown = client.get(f"/admin/points/rule/{draft.rule_id}/change/").content.decode()
    row = ApprovalRequest.objects.get()
    assert (row.reason, row.state, published(draft)) == ("spring", "waiting", None)
    assert "待审批" in shown
