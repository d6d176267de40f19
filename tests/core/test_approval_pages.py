"""The approval desk in the back office: lists, one request, decisions, the list as a file, thresholds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import clock
from apps.core.approvals import registry
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.stores import roles
from tests.core.approval_cast import AT, CODE, Notebook, ask
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
LIST, BARS = "/admin/core/approvalrequest/", "/admin/core/approvalthreshold/"


@pytest.fixture(autouse=True)
def _that_day(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT):
        yield


@pytest.fixture
def book(monkeypatch):
    book = Notebook()
    book.size = 11
    monkeypatch.setitem(registry.acts._items, CODE, book.act())
    return book


@pytest.fixture
def second(store):
    return StaffFactory(username="second", role=roles.OPERATIONS, home_store=store)


@pytest.fixture
def waiting(book, operations):
    return ask(operations)


@pytest.fixture
def desk(client, second):
    client.force_login(second)
    return client


def page(row, act="change"):
    return f"{LIST}{row.pk}/{act}/"


def text(response):
    return response.content.decode()


def decide(client, row, decision, **rest):
    return client.post(page(row, "decide"), {"decision": decision, **rest})


def test_what_waits_for_me_is_counted_in_the_sidebar_and_listed(desk, waiting):
    shown = text(desk.get(f"{LIST}?box=for_me&state=waiting"))
    assert "Write 11 for ann" in shown
    assert "Waiting for me (1)" in shown
    assert "Waiting for my approval" in text(desk.get("/admin/"))


def test_the_filters_keep_others_out(desk, waiting, operations):
    assert "No request matches" in text(desk.get(f"{LIST}?box=mine"))
    assert "No request matches" in text(desk.get(f"{LIST}?state=done"))
    assert "No request matches" in text(desk.get(f"{LIST}?act=points.clear"))
    desk.force_login(operations)
    assert "Write 11 for ann" in text(desk.get(f"{LIST}?box=mine"))
    assert "No request matches" in text(desk.get(f"{LIST}?box=for_me"))


def test_the_list_costs_the_same_for_one_and_thirty(desk, book, operations):
    ask(operations)
    desk.get(LIST)
    with CaptureQueriesContext(connection) as one:
        desk.get(LIST)
    for number in range(29):
        ask(operations, f"member {number}")
    with CaptureQueriesContext(connection) as thirty:
        desk.get(LIST)
    assert len(thirty) == len(one)


def test_the_request_shows_plan_reason_examples_and_trail(desk, waiting):
    shown = text(desk.get(page(waiting)))
    for part in ("Write 11 for ann", "because", "Approve", "Reject", "Asked (request"):
        assert part in shown
    assert "Withdraw" not in shown


def test_the_second_person_approves_and_it_is_done(desk, book, waiting):
    answer = decide(desk, waiting, "approve", note="fine")
    assert answer.url == page(waiting)
    assert len(book.written) == 1
    shown = text(desk.get(answer.url))
    for part in ("Carried out", "A second person approved", "fine"):
        assert part in shown


def test_the_asker_sees_no_button_and_is_refused(client, book, waiting, operations):
    client.force_login(operations)
    shown = text(client.get(page(waiting)))
    assert "Somebody else must decide this." in shown
    assert 'value="approve"' not in shown
    assert decide(client, waiting, "approve").status_code == 403
    assert decide(client, waiting, "reject", note="x").status_code == 403
    assert book.written == []
    assert decide(client, waiting, "withdraw").status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"


def test_rejecting_asks_why(desk, waiting):
    assert decide(desk, waiting, "reject").status_code == 422
    decide(desk, waiting, "reject", note="too much")
    assert "too much" in text(desk.get(page(waiting)))


def test_who_comes_second_reads_so(desk, book, waiting, manager):
    approvals.approve(
        request_id=waiting.pk,
        staff=StaffFactory(role=roles.OPERATIONS, home_store=manager.home_store),
        at=AT,
    )
    answer = decide(desk, waiting, "approve")
    assert answer.status_code == 409
    assert "Too late: this request has been decided" in text(answer)


def test_a_changed_plan_shows_what_differs(desk, book, waiting):
    book.size = 12_345
    decide(desk, waiting, "approve")
    shown = text(desk.get(page(waiting)))
    assert "The plan is no longer what was asked for." in shown
    assert "12,345" in shown
    assert book.written == []


def test_the_whole_list_can_t_run_as_a_formula(desk, waiting):
    answer = desk.get(f"{LIST}{waiting.pk}/list.csv")
    content = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert content == ["name,Points", "'=1+1,7", "ann,5"]
    assert "no-store" in answer["Cache-Control"]


def test_what_one_may_not_see_is_not_there(client, waiting, marketer, clerk):
    client.force_login(marketer)
    assert client.get(page(waiting)).status_code == 404
    assert client.get(f"{LIST}{waiting.pk}/list.csv").status_code == 404
    assert decide(client, waiting, "approve").status_code == 404
    client.force_login(clerk)
    assert client.get(LIST).status_code in (302, 403)


def test_deciding_is_not_a_get(desk, waiting):
    assert desk.get(page(waiting, "decide")).status_code == 405
    assert decide(desk, waiting, "burn").status_code == 404


class TestThresholds:
    @pytest.fixture
    def boss(self, client, administrator):
        client.force_login(administrator)
        return client

    def set_bar(self, client, **data):
        return client.post(f"{BARS}set/{CODE}/", {"reason": "growth", **data}, follow=True)

    def test_operations_read_them_and_may_not_move_them(self, desk, book):
        shown = text(desk.get(BARS))
        assert "Write in the notebook" in shown
        assert "Above these numbers" in shown
        assert desk.get(f"{BARS}set/{CODE}/").status_code == 403

    def test_an_administrator_alone_moves_one_and_it_is_on_record(self, boss, book):
        shown = text(self.set_bar(boss, mode="above", points="50", money_fen="12.30"))
        row = ApprovalRequest.objects.get()
        assert (row.state, row.basis) == ("done", "alone")
        bar = ApprovalThreshold.objects.get()
        assert (bar.act, bar.mode, bar.count, bar.points, bar.money_fen) == (CODE, "above", None, 50, 1230)
        assert "¥12.30" in shown

    def test_with_a_colleague_it_needs_him(self, boss, book, store):
        other = StaffFactory(role=roles.ADMINISTRATOR, home_store=store)
        self.set_bar(boss, mode="never")
        row = ApprovalRequest.objects.get()
        assert (row.state, ApprovalThreshold.objects.count()) == ("waiting", 0)
        approvals.approve(request_id=row.pk, staff=other, at=AT)
        assert ApprovalThreshold.objects.get().mode == "never"

    def test_above_wants_a_number(self, boss, book):
        assert "Give at least one number" in text(self.set_bar(boss, mode="above"))
        assert "Write an amount" in text(self.set_bar(boss, mode="above", money_fen="a lot"))
        assert not ApprovalRequest.objects.exists()

    def test_an_unknown_act_is_not_there(self, boss):
        assert boss.get(f"{BARS}set/no.such/").status_code == 404
