"""Every act under four eyes, by the registry: nobody decides his own, nobody without the right, and a world
that changed between asking and approving stops it. What can be undone is taken back whole.

A new act without a line in ``ACTS`` fails here.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock, invariants
from apps.core.approvals import errors, telling
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalThreshold
from apps.core.approvals.queries import bar_of
from apps.core.approvals.registry import acts
from apps.ledger import queries as holdings
from apps.ledger.models import ClosedMonth, Lot
from apps.points import queries, rules
from apps.points import services as points
from apps.stores import queries as stores
from apps.stores import roles
from apps.stores.models import Staff
from tests.factories import StaffFactory
from tests.security.scenes import (
    AT,
    BY,
    FAR,
    HOUR,
    SOON,
    TODAY,
    Shop,
    adjusting_points,
    assessing_tiers,
    award,
    awarding_a_list,
    clearing,
    closing_a_month,
    ending_a_rule,
    exporting_phones,
    extending_points,
    giving_a_role,
    moving_a_bar,
    publishing_a_draft,
    publishing_a_plan,
    publishing_a_programme,
    refunding_principal,
    setting_the_policy,
    undoing_a_bar,
    undoing_a_publication,
    undoing_a_role,
    undoing_an_award,
    undoing_an_end,
    undoing_an_extension,
    valuing_points,
    work,
)

pytestmark = pytest.mark.django_db
APART = {"members.export": "what leaves is bound to the members: tests/members/test_export_approval.py"}


@pytest.fixture(autouse=True)
def _that_day():
    with clock.moved_to(AT):
        yield


@pytest.fixture
def shop(administrator, clerk, store, ann):
    second = StaffFactory(username="second", role=roles.ADMINISTRATOR, home_store=store)
    award(ann, 40, SOON)
    for act in acts:
        ApprovalThreshold.objects.create(act=act.code, mode="always")
    return Shop(administrator, second, clerk, ann)


ACTS: dict[str, Callable[[Shop], tuple[str, dict, Callable[[], Any]]]] = {
    "points.clear": clearing,
    "points.publish": publishing_a_draft,
    "points.end_rule": ending_a_rule,
    "points.adjust": adjusting_points,
    "points.award_list": awarding_a_list,
    "points.extend": extending_points,
    "points.undo": undoing_an_award,
    "points.undo_extension": undoing_an_extension,
    "points.undo_publish": undoing_a_publication,
    "points.undo_end": undoing_an_end,
    "points.close_month": closing_a_month,
    "points.set_unit_cost": valuing_points,
    "tiers.publish": publishing_a_programme,
    "tiers.assess": assessing_tiers,
    "members.export_phones": exporting_phones,
    "wallet.publish_plan": publishing_a_plan,
    "wallet.set_policy": setting_the_policy,
    "wallet.refund_principal": refunding_principal,
    "stores.assign_role": giving_a_role,
    "stores.undo_role": undoing_a_role,
    "core.set_threshold": moving_a_bar,
    "core.undo_threshold": undoing_a_bar,
}


def test_every_act_has_its_line_here():
    assert {act.code for act in acts} == set(ACTS) | set(APART)


@pytest.mark.parametrize("code", ACTS)
def test_it_takes_two_and_a_world_that_stayed_as_it_was(shop, code):
    act, payload, change = ACTS[code](shop)
    assert act == code
    with pytest.raises(errors.NotAllowed):
        approvals.ask(act=act, payload=payload, reason="mine", staff=shop.clerk, at=AT)
    row = shop.ask(act, payload)
    assert (row.state, row.basis) == ("waiting", "")
    with pytest.raises(errors.OwnRequest):
        approvals.approve(request_id=row.pk, staff=shop.first, at=AT)
    with pytest.raises(errors.NotAllowed):
        approvals.approve(request_id=row.pk, staff=shop.clerk, at=AT)
    assert "%(" not in telling.sentence(row)
    change()
    stopped = shop.approve(row)
    assert (stopped.state, bool(stopped.difference or stopped.fault)) == ("stopped", True)
    assert telling.told(stopped, AT).row == stopped
    assert invariants.check([name for name in invariants.REGISTRY if name != "K4"]) == []


def balance(shop):
    return holdings.balance(shop.ann.pk)


def days(shop):
    return sorted(str(lot.expires_on) for lot in Lot.objects.filter(member=shop.ann, is_open=True))


def wording(shop):
    live = [rule.spec.points for rule in queries.live_page(AT + HOUR).earning if rule.code == "gift"]
    return live[0] if live else None


UNDOABLE = {  # act: what is looked at, before, after it was done; taken back it is as before
    "points.clear": (clearing, balance, 47, 40),
    "points.publish": (publishing_a_draft, wording, None, 3),
    "points.end_rule": (ending_a_rule, wording, 3, None),
    "points.adjust": (adjusting_points, balance, 40, 10),
    "points.award_list": (awarding_a_list, balance, 40, 50),
    "points.extend": (extending_points, days, [str(SOON)], [str(FAR)]),
    "stores.assign_role": (
        giving_a_role,
        lambda shop: stores.role_of(Staff.objects.get(pk=shop.clerk.pk)),
        roles.CLERK,
        roles.OPERATIONS,
    ),
    "core.set_threshold": (moving_a_bar, lambda shop: bar_of(acts.get(points.CLEAR)).mode, "always", "never"),
}


def test_every_act_that_can_be_undone_has_its_line_here():
    assert {act.code for act in acts if act.undo} == set(UNDOABLE)


@pytest.mark.parametrize("code", UNDOABLE)
def test_it_is_taken_back_whole_within_72_hours_and_once(shop, code):
    scenario, seen, before, after = UNDOABLE[code]
    act, payload, _change = scenario(shop)
    assert seen(shop) == before
    row = shop.done(act, payload)
    assert seen(shop) == after
    undo = {"request_id": row.pk, "staff": shop.first, "note": "a mistake"}
    with pytest.raises(errors.UndoTooLate):
        approvals.ask_undo(at=AT + HOUR + timedelta(hours=72), **undo)
    asked = shop.approve(approvals.ask_undo(at=AT + HOUR, **undo))
    work()
    asked.refresh_from_db()
    row.refresh_from_db()
    assert (asked.state, row.state, asked.fault) == ("done", "undone", "")
    assert seen(shop) == before
    with pytest.raises(errors.NothingToUndo):
        approvals.ask_undo(at=AT + HOUR, **undo)
    assert invariants.check([name for name in invariants.REGISTRY if name != "K4"]) == []


def test_money_alone_asks_for_a_second_person(shop):
    """Points are few and nobody is many; what they are worth decides."""
    moving = {
        "points.clear": (clearing, 7),
        "points.adjust": (adjusting_points, 30),
        "points.award_list": (awarding_a_list, 10),
        "points.extend": (extending_points, 10),
    }
    points.set_unit_cost(fen_per_hundred=250, starts_on=TODAY, **BY)
    for code, (scenario, size) in moving.items():
        act, payload, _change = scenario(shop)
        worth = rules.cost_fen(size, 250)
        ApprovalThreshold.objects.filter(act=code).update(mode="above", money_fen=worth - 1)
        row = shop.ask(act, payload)
        assert (code, row.state, row.plan["measure"]["money_fen"]) == (code, "waiting", worth)
        told = telling.told(row, AT)
        assert [(size.text, limit.text) for _label, size, limit in told.passed] == [
            (f"¥{worth / 100:.2f}", f"¥{(worth - 1) / 100:.2f}")
        ]
        assert told.facts[-1][1].text == f"¥{worth / 100:.2f}"
        approvals.withdraw(request_id=row.pk, staff=shop.first, at=AT)
        ApprovalThreshold.objects.filter(act=code).update(money_fen=worth)
        assert shop.ask(act, payload).basis == "below"
        assert ClosedMonth.objects.count() == 0
