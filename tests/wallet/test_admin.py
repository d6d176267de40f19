"""Stored value in the back office: lists as asked, files, till sums, plans and policy from form to force."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.audit import Actor
from apps.wallet import queries
from apps.wallet import services as wallet
from apps.wallet.models import Policy, TopUpPlan
from tests.factories import StaffFactory
from tests.wallet.conftest import AT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _that_day():
    with clock.moved_to(AT):
        yield


def signed_in(staff) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff)
    return client


def address(name, **query):
    return reverse(f"admin:wallet_{name}", query=query)


@pytest.fixture
def busy(ann, top_up, offered, refund, other_store):
    """Two top-ups at the own store, one of them refunded; one elsewhere."""
    made = top_up(ann, offered(500, 50), means="wechat", reference="WX-1")
    refund(made, "cooling_off")
    top_up(ann, amount_fen=1_000)
    far = StaffFactory(username="far", home_store=other_store)
    wish = wallet.TopUpWish(uuid.uuid4(), ann.pk, other_store.pk, "card", None, 700, "=1+1")
    wallet.top_up(wish=wish, actor=Actor("far", far.pk, other_store.pk), at=AT)
    return made


def test_the_list_is_asked_by_store_means_day_and_receipt_and_scoped(busy, manager, operations, store):
    boss, all_seeing = signed_in(manager), signed_in(operations)

    def shown(client, **query):
        page = client.get(address("topup_changelist", **query))
        return [row.principal_fen for row in page.context["rows"]]

    assert (shown(boss), shown(all_seeing)) == ([1_000, 50_000], [700, 1_000, 50_000])
    assert shown(all_seeing, store=store.pk, means="wechat") == [50_000]
    assert shown(all_seeing, receipt=busy.receipt_number) == [50_000]
    assert shown(all_seeing, receipt="=1+1") == [700]
    assert shown(all_seeing, since="2026-03-19") == []
    lines = all_seeing.get(address("topup_csv")).getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].endswith("7.00,0.00,Bank card,'=1+1")
    assert busy.receipt_number in lines[3]


def test_the_till_summary_tells_what_came_in_and_went_out(busy, manager, operations):
    page = signed_in(manager).get(address("topup_tills"))
    lines = [(x.means, x.top_ups, x.in_fen, x.refunds, x.out_fen, x.net_fen) for x in page.context["lines"]]
    assert lines == [("cash", 1, 1_000, 1, 50_000, -49_000), ("wechat", 1, 50_000, 0, 0, 50_000)]
    assert page.context["sums"]["net_fen"] == 1_000
    everywhere = signed_in(operations).get(address("topup_tills_csv")).getvalue().decode("utf-8-sig")
    assert len(everywhere.splitlines()) == 4
    backwards = address("topup_tills", since="2026-03-19", through="2026-03-18")
    assert signed_in(operations).get(backwards).status_code == 422


def test_lists_cost_the_same_however_long(busy, operations, top_up, ann, django_assert_max_num_queries):
    client = signed_in(operations)
    for _n in range(25):
        top_up(ann, amount_fen=1)
    client.get(address("topup_changelist"))
    for name in ("topup_changelist", "topup_tills", "principalrefund_changelist"):
        with django_assert_max_num_queries(16):
            assert client.get(address(name)).status_code == 200


def test_the_members_page_tells_the_balance(busy, operations, ann):
    page = reverse("admin:members_member_change", args=[ann.pk], query={"tab": "balance"})
    html = signed_in(operations).get(page).content.decode()
    assert busy.receipt_number in html
    assert "Refund of principal" in html


def test_a_plan_goes_from_form_to_counter_by_two_people(marketer, operations, store):
    client = signed_in(marketer)
    form = {"code": "spring", "name": "春季", "amount_fen": "500", "gift_fen": "50.5", "gift_days": "90"}
    late = {"ends_at": "2026-03-01T10:00"}
    assert client.post(address("topupplan_draft"), form | late).status_code == 422
    assert client.post(address("topupplan_draft"), form | {"stores": store.pk}).status_code == 302
    draft = TopUpPlan.objects.get()
    assert (draft.amount_fen, draft.gift_fen, draft.store_ids) == (50_000, 5_050, [store.pk])
    shown = client.get(address("topupplan_draft", code="spring")).content.decode()
    assert 'value="50.50"' in shown
    act = {"act": "publish", "code": "spring", "reason": "it is spring"}
    client.post(address("topupplan_act"), act)
    row = ApprovalRequest.objects.get()
    assert (row.state, row.plan["facts"]["stores"]) == ("waiting", str(store))
    approvals.approve(request_id=row.pk, staff=operations, at=AT + timedelta(hours=1))
    assert [plan.code for plan in queries.offered_plans(store.pk, AT + timedelta(hours=1))] == ["spring"]
    with clock.moved_to(AT + timedelta(hours=2)):
        client.post(address("topupplan_act"), {"act": "end", "code": "spring"})
        page = client.get(address("topupplan_changelist"))
        assert [each["state"] for each in page.context["rows"]] == ["ended"]
        client.post(address("topupplan_draft"), form)
        client.post(address("topupplan_act"), {"act": "discard", "code": "spring"})
    assert TopUpPlan.objects.count() == 1
    assert client.post(address("topupplan_act"), {"act": "nothing"}).status_code == 403


def test_a_policy_beyond_the_form_is_refused_and_another_waits(marketer, operations, auditor):
    client = signed_in(marketer)
    form = {"split": "principal_first", "named_cap_fen": "3000", "nameless_cap_fen": "500"}
    form |= {"cooling_days": "7", "grace_days": "30", "reason": "careful"}
    assert client.post(address("policy_set"), form | {"cooling_days": "6"}).status_code == 422
    assert client.post(address("policy_set"), form).status_code == 302
    row = ApprovalRequest.objects.get()
    assert (row.state, row.payload["named_cap_fen"], Policy.objects.count()) == ("waiting", 300_000, 1)
    assert signed_in(auditor).post(address("policy_set"), form).status_code == 403
