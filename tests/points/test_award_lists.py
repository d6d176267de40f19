"""Awards by a list: checked whole, asked for, awarded in chunks that survive being killed, taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import clock, csvfile, invariants
from apps.core.approvals import errors as desk
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.ledger import queries as holdings
from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.members import services as members
from apps.members.services import Enrolment
from apps.points import errors, lists, queries, tasks
from apps.points import services as points
from apps.points.models import MassAward
from apps.points.services import awarding_lists
from apps.stores import roles
from tests.concurrency import racing
from tests.factories import MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 18, 4, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
TODAY = date(2026, 3, 18)
PAGE = "/admin/points/massaward/"


@pytest.fixture(autouse=True)
def _that_day():
    with clock.moved_to(AT):
        yield


@pytest.fixture
def rung(monkeypatch):
    bells = []
    monkeypatch.setattr(tasks.award_list, "delay", bells.append)
    return bells


@pytest.fixture
def second(store):
    return StaffFactory(username="second", role=roles.OPERATIONS, home_store=store)


@pytest.fixture
def crowd(store):
    return [MemberFactory(home_store=store) for _ in range(7)]


def keep(staff, whom, amount=10, until=None):
    rows = [points.ListRow(line, member.pk, amount, until) for line, member in enumerate(whom, 2)]
    return points.keep_list(name="spring.csv", note="春季活动", rows=rows, actor=staff.as_actor(), at=AT)


def ask(staff, made, at=AT):
    wish = {"act": queries.AWARD_LIST, "payload": {"list": made.pk}, "reason": "spring"}
    return approvals.ask(**wish, staff=staff, at=at)


def approve(row, staff, at=LATER):
    return approvals.approve(request_id=row.pk, staff=staff, at=at)


def award(made, at=LATER):
    while points.award_chunk(list_id=made.pk, at=at):
        pass


def always():
    ApprovalThreshold.objects.create(act=queries.AWARD_LIST, mode="always")


def balances(whom):
    return [holdings.balance(member.pk) for member in whom]


def fresh(row):
    row.refresh_from_db()
    return row


def errors_of(text, staff):
    found = lists.check(lists.as_csv(text), staff=staff, today=TODAY)
    return [(error.line, error.column) for error in found.errors]


class TestReading:
    def test_members_are_named_by_number_reference_or_phone(self, operations, store):
        by = {"actor": operations.as_actor(), "at": AT}
        enrolment = Enrolment(phone="13812348000", name="王", store_id=store.pk, channel_code="counter")
        known = members.enrol(enrolment=enrolment, **by).member
        other, third = MemberFactory(member_ref="A-77"), MemberFactory()
        text = f"138 1234 8000 5\n{other.member_ref}\t7 2026-12-31\n{third.number}，9"
        text = text.replace("138 1234 8000", "13812348000")
        found = lists.check(lists.as_csv(text), staff=operations, today=TODAY)
        assert found.errors == []
        assert [(row.member_id, row.points, row.expires_on) for row in found.rows] == [
            (known.pk, 5, None),
            (other.pk, 7, date(2026, 12, 31)),
            (third.pk, 9, None),
        ]

    @pytest.mark.parametrize("heading", ["member,points", "会员,积分", "Member,Points"])
    def test_a_heading_is_understood_in_either_language(self, operations, ann, heading):
        found = lists.check(f"{heading}\n{ann.number},5\n".encode("gb18030"), staff=operations, today=TODAY)
        assert [(row.line, row.member_id, row.points) for row in found.rows] == [(2, ann.pk, 5)]

    def test_every_wrong_row_is_told_with_line_and_column(self, operations, ann, ben):
        ben.status = "closed"
        ben.save()
        wrong = f"{ann.number} 5\nnobody 5\n{ben.number} 5\n{ann.number} 6\n{ann.number} 1.5 2020-01-01\nx"
        assert errors_of(wrong, operations) == [
            (3, "member"),
            (4, "member"),
            (5, "member"),
            (6, "member"),
            (6, "points"),
            (6, "expires_on"),
            (7, "member"),
            (7, "points"),
        ]

    @pytest.mark.parametrize("points_text", ["0", "-5", "1.5", "５", "1_000", "", "10000001", "=1+1"])
    def test_points_are_whole_and_above_zero(self, operations, ann, points_text):
        content = f"member,points\n{ann.number},{points_text}\n".encode()
        found = lists.check(content, staff=operations, today=TODAY)
        assert [error.column for error in found.errors] == ["points"]

    def test_a_member_out_of_sight_is_nobody(self, ann, far_store):
        far = StaffFactory(role=roles.MANAGER, home_store=far_store)
        assert errors_of(f"{ann.number} 5", far) == [(2, "member")]

    def test_an_empty_one_is_no_list(self, operations):
        assert errors_of("member points", operations) == [(1, "")]

    def test_a_long_one_is_sent_in_parts(self, operations, ann, monkeypatch):
        monkeypatch.setattr(lists, "MOST_ROWS", 1)
        with pytest.raises(csvfile.BadFile):
            errors_of(f"{ann.number} 5\n{ann.number} 5", operations)


class TestAwarding:
    def test_a_small_list_begins_at_once_and_ends_as_planned(self, operations, crowd):
        made = keep(operations, crowd, until=date(2026, 12, 31))
        row = ask(operations, made)
        assert (row.state, row.basis) == ("running", "below")
        assert row.plan["measure"] == {"count": 7, "points": 70, "money_fen": 70}
        award(made)
        assert (fresh(row).state, row.result["done"]) == ("done", {"count": 7, "points": 70})
        assert balances(crowd) == [10] * 7
        entry = Entry.objects.order_by("id").first()
        assert (entry.kind, entry.source) == ("adjust", f"mass:{row.pk}:1")
        assert entry.explanation["reason"] == "春季活动"
        assert entry.lots.get().expires_on == date(2026, 12, 31)
        assert invariants.check() == []

    def test_a_large_one_waits_for_a_second_person(self, operations, second, crowd):
        always()
        made = keep(operations, crowd)
        row = ask(operations, made)
        assert (row.state, points.award_chunk(list_id=made.pk, at=AT)) == ("waiting", 0)
        with pytest.raises(desk.OwnRequest):
            approve(row, operations)
        assert approve(row, second).state == "running"
        award(made)
        assert (fresh(row).state, balances(crowd)) == ("done", [10] * 7)

    def test_rejected_or_expired_nobody_gets_anything(self, operations, second, crowd):
        always()
        first, other = ask(operations, keep(operations, crowd)), ask(operations, keep(operations, crowd))
        approvals.reject(request_id=first.pk, staff=second, at=LATER, note="no")
        approvals.expire_due(at=other.expires_at)
        assert not Entry.objects.exists()

    def test_a_member_who_left_meanwhile_stops_it_with_the_difference(self, operations, second, crowd):
        always()
        row = ask(operations, keep(operations, crowd))
        crowd[0].status = "closed"
        crowd[0].save()
        stopped = approve(row, second)
        assert stopped.difference == [{"what": "inactive", "was": 0, "now": 1}]
        assert not Entry.objects.exists()

    def test_a_list_is_awarded_once(self, operations, crowd):
        made = keep(operations, crowd)
        ask(operations, made)
        with pytest.raises(errors.ListEnded):
            ask(operations, made)
        award(made)
        award(made)
        assert balances(crowd) == [10] * 7

    def test_killed_halfway_it_goes_on_where_it_was(self, operations, crowd, monkeypatch, rung):
        monkeypatch.setattr(awarding_lists, "ROWS_AT_ONCE", 3)
        made = keep(operations, crowd)
        row = ask(operations, made)
        assert points.award_chunk(list_id=made.pk, at=AT) == 3
        post = ledger.post

        def dies(postings):
            post(postings)
            raise KeyboardInterrupt

        monkeypatch.setattr(ledger, "post", dies)
        with pytest.raises(KeyboardInterrupt):
            points.award_chunk(list_id=made.pk, at=AT)
        monkeypatch.setattr(ledger, "post", post)
        assert (fresh(made).last_row, sum(balances(crowd)), fresh(row).state) == (3, 30, "running")
        assert tasks.resume_by_hand() == 1
        assert rung == [made.pk]
        assert tasks.award_list(made.pk) == 4
        assert (fresh(row).state, balances(crowd), tasks.resume_by_hand()) == ("done", [10] * 7, 0)

    def test_a_marketer_may_ask_and_not_approve(self, operations, marketer, crowd):
        always()
        row = ask(operations, keep(operations, crowd))
        with pytest.raises(desk.NotAllowed):
            approve(row, marketer)
        assert ask(marketer, keep(marketer, crowd)).state == "waiting"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_list_award_every_row_once(operations, crowd, monkeypatch):
    monkeypatch.setattr(awarding_lists, "ROWS_AT_ONCE", 2)
    made = keep(operations, crowd)
    ask(operations, made)

    def work():
        with clock.moved_to(LATER):
            return tasks.award_list(made.pk)

    assert sum(racing.crowd(work, work)) == 7
    assert balances(crowd) == [10] * 7


class TestUndoing:
    @pytest.fixture
    def awarded(self, operations, crowd):
        made = keep(operations, crowd)
        row = ask(operations, made)
        award(made)
        return fresh(row)

    def undo(self, row, staff, at=LATER):
        return approvals.ask_undo(request_id=row.pk, staff=staff, at=at, note="wrong list")

    def carry_out(self, asked, at=LATER):
        run = points.undoing.UndoRun.objects.get(request_id=asked.pk)
        while points.undo_chunk(run_id=run.pk, at=at):
            pass
        return fresh(asked)

    def test_it_takes_back_from_the_same_lots_and_both_requests_say_so(self, awarded, operations, crowd):
        asked = self.carry_out(self.undo(awarded, operations))
        assert (asked.state, fresh(awarded).state) == ("done", "undone")
        assert awarded.result["undone_by"] == asked.pk
        assert (balances(crowd), asked.result["moved"], asked.result["spent"]) == ([0] * 7, 70, 0)
        assert invariants.check() == []

    def test_what_was_spent_meanwhile_is_told_and_left(self, awarded, operations, crowd):
        ledger.spend(member_id=crowd[0].pk, amount=4, at=LATER, source="s")
        asked = self.undo(awarded, operations)
        assert asked.plan["notes"] == {"left": 66, "gone": 4}
        asked = self.carry_out(asked)
        assert (asked.result["moved"], asked.result["spent"], asked.result["lapsed"]) == (66, 4, 0)
        assert balances(crowd) == [0] * 7
        assert invariants.check() == []

    def test_a_spend_between_asking_and_approving_does_not_stop_it(self, awarded, operations, second, crowd):
        ApprovalThreshold.objects.create(act="points.undo", mode="always")
        asked = self.undo(awarded, operations)
        ledger.spend(member_id=crowd[0].pk, amount=4, at=LATER, source="s")
        with pytest.raises(desk.OwnRequest):
            approve(asked, operations)
        assert approve(asked, second).state == "running"
        assert self.carry_out(asked).result["spent"] == 4

    def test_after_72_hours_it_stays(self, awarded, operations):
        with pytest.raises(desk.UndoTooLate):
            self.undo(awarded, operations, at=LATER + timedelta(hours=72))
        assert self.undo(awarded, operations, at=LATER + timedelta(hours=71)).state == "running"

    def test_once(self, awarded, operations):
        asked = self.carry_out(self.undo(awarded, operations))
        for row in (fresh(awarded), asked):  # nor is an undoing undone
            with pytest.raises((desk.NothingToUndo, desk.NotAllowed)):
                self.undo(row, operations)

    def test_killed_halfway_it_goes_on(self, awarded, operations, crowd, monkeypatch):
        monkeypatch.setattr(points.undoing, "ENTRIES_AT_ONCE", 3)
        bells = []
        monkeypatch.setattr(tasks.undo_act, "delay", bells.append)
        asked = self.undo(awarded, operations)
        run = points.undoing.UndoRun.objects.get()
        assert points.undo_chunk(run_id=run.pk, at=LATER) == 3
        assert (tasks.resume_by_hand(), bells) == (1, [run.pk])
        assert tasks.undo_act(run.pk) == 4
        assert (fresh(asked).state, balances(crowd)) == ("done", [0] * 7)

    def test_who_may_not_undo_may_not_ask(self, awarded, marketer):
        with pytest.raises(desk.NotAllowed):
            self.undo(awarded, marketer)


class TestPages:
    @pytest.fixture
    def door(self, client, operations, settings, rung):
        settings.LANGUAGE_CODE = "en"
        client.force_login(operations)
        return client

    def test_a_wrong_list_is_shown_row_by_row_and_nothing_is_kept(self, door, ann):
        answer = door.post(f"{PAGE}send/", {"pasted": f"{ann.number} 5\nnobody 7", "note": "spring"})
        assert answer.status_code == 422
        shown = answer.content.decode()
        assert "1 error: nothing was kept" in shown
        assert "no member nobody" in shown
        assert not MassAward.objects.exists()

    def test_a_list_is_sent_looked_at_asked_for_and_watched(self, door, ann, ben, rung):
        file = SimpleUploadedFile(
            "spring.csv", f"member,points\n{ann.number},5\n{ben.number},1200\n".encode()
        )
        answer = door.post(f"{PAGE}send/", {"file": file, "note": "spring"})
        made = MassAward.objects.get()
        assert answer.url == f"{PAGE}{made.pk}/change/"
        assert "1,205 points for 2 members" in door.get(answer.url).content.decode()
        assert not Entry.objects.exists()
        door.post(answer.url, {"reason": "spring"})
        assert rung == [made.pk]
        shown = door.get(f"{PAGE}{made.pk}/progress/")
        assert "0 of 2 members awarded" in shown.content.decode()
        tasks.award_list(made.pk)
        assert door.get(f"{PAGE}{made.pk}/progress/")["HX-Refresh"] == "true"
        assert balances([ann, ben]) == [5, 1200]
        row = ApprovalRequest.objects.get()
        csv = door.get(f"/admin/core/approvalrequest/{row.pk}/list.csv")
        assert len(b"".join(csv.streaming_content).splitlines()) == 3

    def test_paste_or_file_but_not_both_nor_neither(self, door, ann):
        for data in ({}, {"pasted": "x 1", "file": SimpleUploadedFile("a.csv", b"x")}):
            assert "one of them" in door.post(f"{PAGE}send/", {"note": "n", **data}).content.decode()

    def test_a_spreadsheet_is_refused_in_words(self, door):
        file = SimpleUploadedFile("a.xlsx", b"PK\x03\x04rest")
        assert "save it as CSV" in door.post(f"{PAGE}send/", {"file": file, "note": "n"}).content.decode()

    def test_the_page_of_the_request_takes_it_back(self, door, operations, ann, monkeypatch):
        bells = []
        monkeypatch.setattr(tasks.undo_act, "delay", bells.append)
        made = keep(operations, [ann])
        row = ask(operations, made)
        award(made)
        where = f"/admin/core/approvalrequest/{row.pk}/"
        assert "Take this back" in door.get(f"{where}change/").content.decode()
        answer = door.post(f"{where}decide/", {"decision": "undo", "note": "wrong"})
        tasks.undo_act(bells[0])
        shown = door.get(answer.url).content.decode()
        assert "Spent meanwhile, left with the members" in shown
        assert balances([ann]) == [0]
        assert "Take this back" not in door.get(f"{where}change/").content.decode()

    def test_who_may_not_send_a_list(self, client, auditor, manager):
        client.force_login(auditor)
        assert client.get(PAGE).status_code == 200
        assert client.get(f"{PAGE}send/").status_code == 403
        client.force_login(manager)
        assert client.get(PAGE).status_code == 403
