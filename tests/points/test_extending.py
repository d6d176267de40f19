"""Extending points: dry run, counts, do, undo; the list is the plan."""

from datetime import date, timedelta

import pytest

from apps.core import clock, invariants
from apps.core.approvals import services as approvals
from apps.core.approvals.errors import NothingToUndo, UndoTooLate
from apps.core.models import AuditEntry
from apps.ledger import services as ledger
from apps.ledger.models import Entry, Lot
from apps.members.models import MemberTag, Tag
from apps.points import services as points
from apps.points import tasks
from apps.points.errors import ExtensionEnded, NothingToExtend, StartsInThePast, TooWide
from apps.points.models import ExtensionLot, ExtensionRun
from apps.points.services import extending
from tests.points.clearing_cast import AT, OPERATIONS, grant

pytestmark = pytest.mark.django_db
LIST = "/admin/points/extensionrun/"
TODAY = date(2019, 1, 2)
SOON, LATER, UNTIL = date(2019, 1, 31), date(2019, 2, 15), date(2019, 6, 30)


@pytest.fixture(autouse=True)
def _the_second_of_january(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT):
        yield
    assert [found.code for found in invariants.check() if found.code != "K4"] == []


@pytest.fixture
def desk(client, operations, monkeypatch):
    monkeypatch.setattr(tasks.run_extension, "delay", tasks.run_extension)
    client.force_login(operations)
    return client


def plan(until=UNTIL, **criteria):
    wish = points.Criteria(**(criteria or {"first": date(2019, 1, 1), "last": LATER}))
    return points.plan_extension(criteria=wish, until=until, reason="storm", actor=OPERATIONS, at=AT)


def work(run, at=AT):
    while points.run_extension_chunk(run_id=run.pk, at=at):
        pass
    run.refresh_from_db()
    return run


def done(run):
    points.start_extension(run_id=run.pk, actor=OPERATIONS, at=AT)
    return work(run)


def undone(run, at=AT):
    points.undo_extension(run_id=run.pk, reason="wrong shop", actor=OPERATIONS, at=at)
    return work(run, at)


def last_days():
    rows = Lot.objects.order_by("id")
    return [(lot.remaining, lot.expires_on) for lot in rows]


def counts(run):
    return tuple(run.plan[name] for name in ("accounts", "lots", "points"))


def test_a_plan_counts_and_moves_nothing(ann, ben):
    grant(ann, (10, SOON), (5, LATER), (3, None))
    grant(ben, (7, SOON), (9, UNTIL))
    run = plan()
    assert counts(run) == (2, 3, 22)
    assert run.plan["examples"][0] == {"member": ann.number, "was": "2019-01-31", "points": 10}
    assert last_days() == [(10, SOON), (5, LATER), (3, None), (7, SOON), (9, UNTIL)]
    assert not Entry.objects.filter(kind="extend").exists()


@pytest.mark.parametrize(
    ("criteria", "chosen"),
    [
        ({"first": SOON, "last": SOON}, (2, 2, 17)),
        ({"first": date(2019, 2, 1), "last": LATER}, (1, 1, 5)),
        ({"first": SOON}, (2, 3, 22)),
    ],
)
def test_days_choose(ann, ben, criteria, chosen):
    grant(ann, (10, SOON), (5, LATER))
    grant(ben, (7, SOON))
    assert counts(plan(**criteria)) == chosen


def test_member_lot_store_and_tag_choose(ann, ben, store, other_store):
    grant(ann, (10, SOON))
    lots = (ledger.LotGrant(7, SOON),)
    ledger.post([ledger.Posting(ben.pk, "award", 7, AT, lots=lots, store_id=other_store.pk)])
    tag = Tag.objects.create(code="vip", name="VIP")
    MemberTag.objects.create(member=ben, tag=tag, at=AT)
    assert counts(plan(member_id=ann.pk)) == (1, 1, 10)
    assert counts(plan(lot_id=Lot.objects.get(member=ann).pk)) == (1, 1, 10)
    assert counts(plan(store_ids=(other_store.pk,))) == (1, 1, 7)
    assert counts(plan(tag_id=tag.pk)) == (1, 1, 7)
    with pytest.raises(NothingToExtend):
        plan(store_ids=(store.pk,))


def test_what_can_not_be_planned_leaves_nothing(ann):
    grant(ann, (10, SOON))
    with pytest.raises(TooWide):
        points.plan_extension(criteria=points.Criteria(), until=UNTIL, reason="", actor=OPERATIONS, at=AT)
    with pytest.raises(StartsInThePast):
        plan(until=TODAY)
    with pytest.raises(NothingToExtend):
        plan(until=TODAY + timedelta(days=1))
    assert not ExtensionRun.objects.exists()


@pytest.mark.parametrize("size", [1, 2, 5_000])
def test_it_does_what_is_on_the_list_in_chunks_of_any_size(ann, ben, monkeypatch, size):
    monkeypatch.setattr(extending, "CHUNK_LOTS", size)
    grant(ann, (10, SOON), (5, LATER))
    grant(ben, (7, SOON))
    run = plan()
    grant(ben, (100, SOON))
    run = done(run)
    assert (run.state, run.lots, run.points) == ("done", 3, 22)
    assert last_days() == [(10, UNTIL), (5, UNTIL), (7, UNTIL), (100, SOON)]
    assert points.run_extension_chunk(run_id=run.pk, at=AT) is False


def test_what_was_spent_since_the_plan_is_left_alone(ann):
    grant(ann, (10, SOON), (5, LATER))
    run = plan()
    ledger.post([ledger.Posting(ann.pk, "spend", -12, AT)])
    run = done(run)
    assert (run.lots, run.points) == (1, 3)
    assert last_days() == [(0, SOON), (3, UNTIL)]


def test_undone_every_lot_has_its_day_again_but_those_spent(ann, ben):
    grant(ann, (10, SOON), (5, LATER))
    grant(ben, (7, SOON))
    run = done(plan())
    ledger.post([ledger.Posting(ben.pk, "spend", -7, AT)])
    run = undone(run)
    assert (run.state, run.lots, run.restored) == ("undone", 3, 2)
    assert last_days() == [(10, SOON), (5, LATER), (0, UNTIL)]


def test_a_lot_whose_old_day_has_passed_keeps_today_when_undone(ann):
    grant(ann, (10, TODAY))
    run = done(plan(member_id=ann.pk))
    undone(run, AT + timedelta(days=2))
    assert last_days() == [(10, TODAY + timedelta(days=2))]


def test_undoing_is_for_three_days_and_once(operations, ann):
    grant(ann, (10, SOON))
    run = done(plan())
    wish = {"request_id": run.request_id, "staff": operations, "note": "wrong shop"}
    with pytest.raises(UndoTooLate):
        approvals.ask_undo(at=AT + timedelta(hours=72), **wish)
    assert approvals.ask_undo(at=AT + timedelta(hours=71), **wish).state == "running"
    work(run)
    with pytest.raises(NothingToUndo):
        approvals.ask_undo(at=AT, **wish)
    with pytest.raises(ExtensionEnded):
        undone(run)
    with pytest.raises(ExtensionEnded):
        points.start_extension(run_id=run.pk, actor=OPERATIONS, at=AT)


def test_the_desk_plans_does_and_undoes(desk, ann):
    grant(ann, (10, SOON))
    wish = {"month": "2019-01", "until": "2019-06-30", "reason": "=storm"}
    address = desk.post(f"{LIST}plan/", wish).url
    assert "10 points of 1 members in 1 lots" in desk.get(address).content.decode()
    run = ExtensionRun.objects.get()
    desk.post(f"{LIST}{run.pk}/start/")
    assert last_days() == [(10, UNTIL)]
    listed = desk.get(f"{LIST}{run.pk}/lots.csv").content.decode().splitlines()
    lot = Lot.objects.get()
    assert listed[1:] == [f"{ann.number},{lot.pk},10,2019-01-31,2019-06-30"]
    assert desk.post(f"{LIST}{run.pk}/undo/", {}).status_code == 422
    desk.post(f"{LIST}{run.pk}/undo/", {"reason": "mistake"})
    assert last_days() == [(10, SOON)]
    codes = AuditEntry.objects.filter(subject_type="points.extension").order_by("id")
    assert [entry.code.removeprefix("points.") for entry in codes] == [
        "plan_extension",
        "start_extension",
        "finish_extension",
        "undo_extension",
        "finish_undo_extension",
    ]
    entry = Entry.objects.filter(kind="extend").latest("id")
    told = desk.get(f"/admin/points/why/{ann.pk}/entry/{entry.pk}/", headers={"HX-Request": "true"})
    assert "An extension of points was undone: mistake" in told.content.decode()
    assert "Points valid through 2019-06-30 are now valid through 2019-01-31." in told.content.decode()


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"until": "2019-06-30", "reason": "x"}, "Choose a member, a month, a store or a tag."),
        ({"until": "2019-06-30", "reason": "x", "month": "2019-13"}, "Enter a month, for example 2026-12."),
        ({"until": "2019-06-30", "reason": "x", "member": "nobody"}, "No member has this number."),
        ({"until": "2019-06-30", "reason": "x", "month": "2019-01"}, "No points fit"),
        ({"month": "2019-01", "until": "2019-06-30"}, "This field is required."),
    ],
)
def test_the_form_says_what_is_wrong_in_place(desk, wish, told):
    answer = desk.post(f"{LIST}plan/", wish)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not ExtensionRun.objects.exists()


def test_who_may_only_look_can_not_act(client, auditor, ann):
    grant(ann, (10, SOON))
    run = plan()
    client.force_login(auditor)
    assert client.get(f"{LIST}{run.pk}/change/").status_code == 200
    for act in ("plan", f"{run.pk}/start", f"{run.pk}/undo"):
        assert client.post(f"{LIST}{act}/").status_code == 403
    assert ExtensionLot.objects.count() == 1
    assert last_days() == [(10, SOON)]


def test_a_bell_goes_on_with_what_a_dead_worker_left(ann, monkeypatch):
    grant(ann, (10, SOON))
    run = plan()
    points.start_extension(run_id=run.pk, actor=OPERATIONS, at=AT)
    rung = []
    monkeypatch.setattr(tasks.run_extension, "delay", rung.append)
    assert tasks.resume_extensions() == rung == [run.pk]
    tasks.run_extension(run.pk)
    assert last_days() == [(10, UNTIL)]
