"""Moving points by hand: reasons, papers, the daily limit, the second person, and what it leaves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core import clock, invariants
from apps.core.approvals import errors as desk
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.models import AuditEntry
from apps.ledger import queries as holdings
from apps.ledger import services as ledger
from apps.ledger.errors import NotEnough
from apps.ledger.models import Entry
from apps.points import errors, queries
from apps.points import services as points
from apps.points.acts import adjusting
from apps.points.models import Adjustment, AdjustmentLimit, AdjustmentReason, Attachment
from apps.stores import roles
from tests.concurrency import racing
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 18, 4, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
PDF = b"%PDF-1.4 receipt"
ASK = "/admin/points/adjustment/ask/"


@pytest.fixture(autouse=True)
def _that_day():
    with clock.moved_to(AT):
        yield


@pytest.fixture
def second(store):
    return StaffFactory(username="second", role=roles.OPERATIONS, home_store=store)


def ask(staff, member, amount, at=AT, reason="goodwill", **rest):
    wish = points.Wish(member.pk, amount, reason, "spilt coffee", **rest)
    payload = adjusting.payload(wish, staff)
    return approvals.ask(act=adjusting.ADJUST, payload=payload, reason="spilt coffee", staff=staff, at=at)


def approve(row, staff, at=LATER):
    return approvals.approve(request_id=row.pk, staff=staff, at=at)


def balance(member):
    return holdings.balance(member.pk)


def everybody(limit):
    AdjustmentLimit.objects.filter(staff=None).update(points_per_day=limit)


class TestAsking:
    def test_a_small_credit_comes_in_at_once_with_its_proof(self, manager, ann):
        row = ask(manager, ann, 300, expires_on=date(2026, 12, 31))
        assert (row.state, row.basis, balance(ann)) == ("done", "below", 300)
        entry = Entry.objects.get()
        assert (entry.kind, entry.source, entry.staff) == ("adjust", f"adjust:{row.pk}", manager)
        assert entry.explanation == {"reason": "客诉补偿", "note": "spilt coffee", "request": row.pk}
        assert entry.lots.get().expires_on == date(2026, 12, 31)
        made = Adjustment.objects.get()
        assert (made.points, made.day, made.store, made.entry) == (
            300,
            date(2026, 3, 18),
            manager.home_store,
            entry,
        )
        assert "points.adjust" in AuditEntry.objects.values_list("code", flat=True)
        assert invariants.check() == []

    def test_a_debit_takes_what_can_be_spent_and_no_more(self, manager, ann):
        ask(manager, ann, 300)
        assert ask(manager, ann, -300, reason="abuse").state == "done"
        with pytest.raises(NotEnough):
            ask(manager, ann, -1, reason="abuse")
        assert (balance(ann), Adjustment.objects.count()) == (0, 2)

    def test_a_large_one_waits_and_comes_in_for_the_one_who_asked(self, manager, second, ann):
        row = ask(manager, ann, 1_001)
        assert (row.state, balance(ann), row.plan["notes"]) == ("waiting", 0, {"spendable": 0})
        assert (approve(row, second).state, balance(ann)) == ("done", 1_001)
        assert Adjustment.objects.get().staff == manager
        assert invariants.check() == []

    def test_nobody_approves_his_own_and_a_stranger_does_not_see_it(self, manager, ann, far_store):
        row = ask(manager, ann, 1_001)
        with pytest.raises(desk.OwnRequest):
            approve(row, manager)
        far = StaffFactory(role=roles.MANAGER, home_store=far_store)
        with pytest.raises(desk.NotAllowed):
            approve(row, far)
        assert balance(ann) == 0

    def test_rejected_or_expired_nothing_moves(self, manager, second, ann, ben):
        first, other = ask(manager, ann, 1_001), ask(manager, ben, 1_001)
        approvals.reject(request_id=first.pk, staff=second, at=LATER, note="no")
        approvals.expire_due(at=other.expires_at)
        assert not Entry.objects.exists()

    def test_what_was_spent_meanwhile_stops_a_debit(self, manager, second, ann):
        ledger.award(member_id=ann.pk, amount=2_000, at=AT, source="a", expires_on=None)
        row = ask(manager, ann, -1_500, reason="abuse")
        ledger.spend(member_id=ann.pk, amount=1_000, at=AT, source="s")
        stopped = approve(row, second)
        assert (stopped.state, balance(ann)) == ("stopped", 1_000)
        assert stopped.fault == "最多可扣 1000 积分，申请扣减 1500。"

    def test_spending_that_leaves_enough_does_not_stop_it(self, manager, second, ann):
        ledger.award(member_id=ann.pk, amount=2_000, at=AT, source="a", expires_on=None)
        row = ask(manager, ann, -1_500, reason="abuse")
        ledger.spend(member_id=ann.pk, amount=400, at=AT, source="s")
        assert (approve(row, second).state, balance(ann)) == ("done", 100)

    def test_a_reason_renamed_meanwhile_stops_it_with_the_difference(self, manager, second, ann):
        row = ask(manager, ann, 1_001)
        points.set_reason(code="goodwill", name="补偿", is_active=True, actor=second.as_actor(), at=AT)
        stopped = approve(row, second)
        assert stopped.difference == [{"what": "reason", "was": "客诉补偿", "now": "补偿"}]

    def test_a_reason_switched_off_is_refused(self, manager, ann):
        AdjustmentReason.objects.filter(code="goodwill").update(is_active=False)
        with pytest.raises(errors.ReasonUnknown):
            ask(manager, ann, 5)

    def test_a_clerk_may_not_ask(self, clerk, ann):
        with pytest.raises(desk.NotAllowed):
            ask(clerk, ann, 5)


class TestLimits:
    def test_both_ways_count_against_the_day(self, manager, ann):
        everybody(500)
        ask(manager, ann, 300)
        ask(manager, ann, -150, reason="abuse")
        with pytest.raises(errors.LimitReached) as refused:
            ask(manager, ann, 51)
        assert (refused.value.limit, refused.value.left, refused.value.wanted) == (500, 50, 51)
        assert ask(manager, ann, 50).state == "done"
        assert queries.moved_by_hand(manager.pk, date(2026, 3, 18)) == 500

    def test_a_colleague_and_the_next_day_have_their_own(self, manager, second, ann):
        everybody(500)
        ask(manager, ann, 500)
        assert ask(second, ann, 500).state == "done"
        assert ask(manager, ann, 499, at=AT + timedelta(days=1)).state == "done"

    def test_one_s_own_limit_goes_before_everybody_s(self, manager, ann, administrator):
        points.set_limit(staff_id=manager.pk, points_per_day=10, actor=administrator.as_actor(), at=AT)
        with pytest.raises(errors.LimitReached):
            ask(manager, ann, 11)

    def test_without_any_limit_nothing_is_moved(self, manager, ann):
        AdjustmentLimit.objects.all().delete()
        with pytest.raises(errors.LimitReached):
            ask(manager, ann, 1)

    def test_the_limit_holds_when_an_approved_one_is_done(self, manager, second, ann):
        everybody(2_000)
        row = ask(manager, ann, 1_500)
        ask(manager, ann, 900)
        stopped = approve(row, second)
        assert (stopped.state, balance(ann)) == ("stopped", 900)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
class TestLimitRace:
    @pytest.fixture
    def race(self, manager, ann, ben):
        everybody(500)

        def both():
            return racing.overlap(lambda: ask(manager, ann, 300), lambda: ask(manager, ben, 300))

        return both

    def test_two_at_once_stay_within_the_limit(self, race, manager):
        first, second = race()
        assert first.state == "done"
        assert isinstance(second, errors.LimitReached)
        assert queries.moved_by_hand(manager.pk, date(2026, 3, 18)) == 300

    def test_their_twin_without_the_lock_goes_beyond(self, race, manager, monkeypatch):
        for module in (points, points.adjusting):
            monkeypatch.setattr(module, "hold_limit", lambda staff_id: None)
        race()
        assert queries.moved_by_hand(manager.pk, date(2026, 3, 18)) == 600


class TestPapers:
    @pytest.mark.parametrize(
        ("content", "kind"), [(PDF, "pdf"), (b"\x89PNG\r\n\x1a\nx", "png"), (b"\xff\xd8\xffx", "jpeg")]
    )
    def test_what_it_is_its_first_bytes_say(self, manager, ann, content, kind):
        paper = points.attach(
            member_id=ann.pk, name="a.exe", content=content, actor=manager.as_actor(), at=AT
        )
        assert (paper.kind, paper.size) == (kind, len(content))

    @pytest.mark.parametrize("content", [b"<html>", b"", b"MZ", PDF + b"0" * (2 * 1024 * 1024)])
    def test_others_and_large_ones_are_refused(self, manager, ann, content):
        with pytest.raises(errors.BadAttachment):
            points.attach(member_id=ann.pk, name="a.pdf", content=content, actor=manager.as_actor(), at=AT)
        assert not Attachment.objects.exists()

    def test_only_who_may_see_the_member_gets_it_and_never_inline(
        self, client, manager, ann, far_store, clerk
    ):
        paper = points.attach(member_id=ann.pk, name="小票.pdf", content=PDF, actor=manager.as_actor(), at=AT)
        where = f"/admin/points/adjustment/paper/{paper.pk}/"
        client.force_login(manager)
        answer = client.get(where)
        assert answer.content == PDF
        assert answer["Content-Disposition"].startswith("attachment")
        assert "no-store" in answer["Cache-Control"]
        client.force_login(StaffFactory(role=roles.MANAGER, home_store=far_store))
        assert client.get(where).status_code == 404
        client.force_login(StaffFactory(role=roles.MARKETER))
        assert client.get(where).status_code == 403


class TestPages:
    @pytest.fixture
    def door(self, client, manager, settings):
        settings.LANGUAGE_CODE = "en"
        client.force_login(manager)
        return client

    def send(self, door, whose, **changes):
        good = {"key": "k1", "member": whose.number, "way": "credit", "points": "20", "reason": "goodwill"}
        return door.post(ASK, {**good, "note": "spilt coffee", **changes})

    def test_the_form_moves_points_once_however_often_it_is_sent(self, door, ann):
        paper = SimpleUploadedFile("receipt.pdf", PDF)
        answer = self.send(door, ann, paper=paper)
        row = ApprovalRequest.objects.get()
        assert answer.url == f"/admin/core/approvalrequest/{row.pk}/change/"
        shown = door.get(answer.url).content.decode()
        assert f"Adjust the points of member {ann.number} by +20: 客诉补偿" in shown
        assert "receipt.pdf" in shown
        assert balance(ann) == 20

    def test_sent_twice_it_acts_once(self, door, ann):
        first, second = self.send(door, ann), self.send(door, ann)
        assert (first.url, balance(ann)) == (second.url, 20)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"member": "nobody"}, "No member with this number."),
            ({"points": "0"}, "greater than or equal to 1"),
            ({"note": ""}, "This field is required."),
            ({"reason": "x"}, "Select a valid choice"),
            ({"expires_on": "2026-03-17"}, "This day is over."),
            ({"way": "debit", "expires_on": "2026-12-31"}, "Points taken have no last day."),
            ({"way": "debit"}, "Only 0 points can be taken; 20 were asked for."),
            ({"points": "5001"}, "5000 points a day may be moved by hand; 5000 are left today"),
            ({"paper": SimpleUploadedFile("a.pdf", b"<html>")}, "Attach a PDF, PNG or JPEG"),
        ],
    )
    def test_a_wrong_one_is_refused_in_place_and_moves_nothing(self, door, ann, wrong, said):
        answer = self.send(door, ann, **wrong)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert not Entry.objects.exists()
        assert not ApprovalRequest.objects.exists()

    def test_a_member_of_another_store_is_not_there(self, client, far_store, ann, settings):
        settings.LANGUAGE_CODE = "en"
        client.force_login(StaffFactory(role=roles.MANAGER, home_store=far_store))
        assert "No member with this number." in self.send(client, ann).content.decode()

    def test_the_list_shows_what_was_done_here_and_what_is_left(self, door, ann, far_store):
        self.send(door, ann)
        shown = door.get("/admin/points/adjustment/").content.decode()
        assert "You moved 20 of 5,000 points today" in shown
        assert "spilt coffee" in shown
        door.force_login(StaffFactory(role=roles.MANAGER, home_store=far_store))
        assert "spilt coffee" not in door.get("/admin/points/adjustment/").content.decode()

    def test_the_list_costs_the_same_for_one_and_thirty(self, door, ann):
        self.send(door, ann)
        door.get("/admin/points/adjustment/")
        with CaptureQueriesContext(connection) as one:
            door.get("/admin/points/adjustment/")
        for number in range(29):
            self.send(door, ann, key=f"n{number}", note=f"{number}")
        with CaptureQueriesContext(connection) as thirty:
            door.get("/admin/points/adjustment/")
        assert len(thirty) == len(one)

    def test_reasons_and_limits_are_edited_and_on_record(self, client, administrator):
        client.force_login(administrator)
        client.post(
            "/admin/points/adjustmentreason/add/", {"code": "gift", "name": "赠礼", "is_active": "on"}
        )
        assert AdjustmentReason.objects.get(code="gift").name == "赠礼"
        limit = AdjustmentLimit.objects.get(staff=None)
        client.post(f"/admin/points/adjustmentlimit/{limit.pk}/change/", {"points_per_day": "700"})
        assert queries.daily_limit(administrator.pk) == 700
        codes = set(AuditEntry.objects.values_list("code", flat=True))
        assert codes == {"points.set_reason", "points.set_limit"}


def test_an_adjustment_is_never_changed(manager, ann):
    ask(manager, ann, 5)
    with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
        Adjustment.objects.update(points=6)


def test_a1_fires_for_points_moved_without_a_request(ann):
    ledger.post([ledger.Posting(ann.pk, "adjust", 5, AT, source="adjust:999999")])
    assert [each.code for each in invariants.check(["A1 by hand"])] == ["A1 by hand"]


def test_an_adjustment_is_taken_back(operations, ann):
    row = ask(operations, ann, 300)
    asked = approvals.ask_undo(request_id=row.pk, staff=operations, at=LATER, note="wrong member")
    run = points.undoing.UndoRun.objects.get(request_id=asked.pk)
    assert points.undo_chunk(run_id=run.pk, at=LATER) == 1
    row.refresh_from_db()
    assert (row.state, balance(ann), invariants.check()) == ("undone", 0, [])
