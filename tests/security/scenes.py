"""Scenes for every act under four eyes: what is asked, and how the world changes before it is approved."""

import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from apps.core import acts as thresholds
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import Bar
from apps.core.approvals.registry import acts
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.members import services as members
from apps.members.acts import EXPORT_PHONES
from apps.points import queries, rules
from apps.points import services as points
from apps.points.acts import adjusting, closing, ending, publishing, valuing
from apps.points.models import ExtensionRun, Rule, UndoRun
from apps.stores import acts as staffing
from apps.stores import roles
from apps.stores import services as staff_services
from apps.stores.models import Staff
from apps.tiers import services as tiers
from apps.wallet import acts as wallet_acts
from apps.wallet import services as wallet
from tests.tiers.conftest import SMALLEST, publish

AT = datetime(2026, 3, 18, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TODAY, SOON, FAR = date(2026, 3, 18), date(2026, 4, 30), date(2027, 4, 30)
HOUSE = Actor("the house")
BY = {"actor": HOUSE, "at": AT}


@dataclass
class Shop:
    """Who asks and who decides, a member with points, and a clerk."""

    first: Staff
    second: Staff
    clerk: Staff
    ann: Any
    kept: dict[str, Any] = field(default_factory=dict)

    def ask(self, act: str, payload: dict, at: datetime = AT) -> ApprovalRequest:
        return approvals.ask(act=act, payload=payload, reason="because", staff=self.first, at=at)

    def approve(self, row: ApprovalRequest) -> ApprovalRequest:
        return approvals.approve(request_id=row.pk, staff=self.second, at=AT + HOUR)

    def done(self, act: str, payload: dict) -> ApprovalRequest:
        """Asked, approved, and worked to its end."""
        row = self.approve(self.ask(act, payload))
        work()
        row.refresh_from_db()
        assert row.state == "done", row.fault
        return row

    def undo_of(self, act: str, payload: dict) -> tuple[str, dict]:
        return acts.get(act).undo, {"request": self.done(act, payload).pk}


def award(member, amount, until, at=AT - timedelta(days=30), kind="award"):
    lots = (ledger.LotGrant(amount, until),) if amount > 0 else ()
    ledger.post([ledger.Posting(member.pk, kind, amount, at, lots=lots)])


def work():
    """Everything workers would do."""
    for run in queries.running():
        while points.run_chunk(run_id=run.pk, at=AT + HOUR):
            pass
        points.finish_clearing(run_id=run.pk, at=AT + HOUR)
    for made in queries.open_lists():
        while points.award_chunk(list_id=made, at=AT + HOUR):
            pass
    for run in UndoRun.objects.all():
        while points.undo_chunk(run_id=run.pk, at=AT + HOUR):
            pass
    for run in ExtensionRun.objects.filter(state__in=("running", "undoing")):
        while points.run_extension_chunk(run_id=run.pk, at=AT + HOUR):
            pass
    points.keep_books(at=AT + HOUR)


# Each act: what is asked for, and how the world changes before it is approved.


def clearing(shop):
    award(shop.ann, 7, date(2026, 3, 10))
    run = points.plan_clearing(as_of=TODAY, **BY)

    def counted_anew():
        award(shop.ann, 5, date(2026, 3, 11))
        points.plan_clearing(as_of=TODAY, **BY)

    return points.CLEAR, {"run": run.pk}, counted_anew


def _draft(wording=3, code="gift"):
    spec = rules.EarningSpec(points=wording)
    rule = Rule.objects.filter(code=code).first()
    if rule:
        return points.edit_draft(rule_id=rule.pk, spec=spec, **BY)
    return points.draft_rule(draft=points.Draft(code, code.title(), spec), **BY)


def _published(wording=3):
    return points.publish_version(rule_id=_draft(wording).rule_id, **BY)


def publishing_a_draft(shop):
    draft = _draft()
    return publishing.PUBLISH, publishing.payload(draft.rule_id, None, None), lambda: _draft(4)


def ending_a_rule(shop):
    rule_id = _published().rule_id
    return ending.END, ending.payload(rule_id, None), lambda: _published(4)


def adjusting_points(shop):
    wish = points.Wish(shop.ann.pk, -30, "goodwill", "sorry")
    asked = adjusting.payload(wish, shop.first)
    return adjusting.ADJUST, asked, lambda: award(shop.ann, -20, None, at=AT, kind="spend")


def awarding_a_list(shop):
    rows = [points.ListRow(2, shop.ann.pk, 10, SOON)]
    made = points.keep_list(name="spring.csv", note="spring", rows=rows, actor=shop.first.as_actor(), at=AT)
    cost = {"fen_per_hundred": 250, "starts_on": TODAY}
    return queries.AWARD_LIST, {"list": made.pk}, lambda: points.set_unit_cost(**cost, **BY)


def _extension(shop, until=FAR):
    wish = points.Criteria(member_id=shop.ann.pk)
    return points.plan_extension(criteria=wish, until=until, reason="storm", **BY)


def _moved(shop, until):
    points.start_extension(run_id=_extension(shop, until).pk, **BY)
    work()


def extending_points(shop):
    run = _extension(shop)
    return points.EXTEND, {"run": run.pk}, lambda: _moved(shop, date(2026, 6, 30))


def undoing_an_award(shop):
    act, payload = shop.undo_of(*awarding_a_list(shop)[:2])
    return act, payload, lambda: points.set_unit_cost(fen_per_hundred=250, starts_on=TODAY, **BY)


def undoing_an_extension(shop):
    act, payload = shop.undo_of(*extending_points(shop)[:2])
    run = ExtensionRun.objects.get(request_id=payload["request"])
    return act, payload, lambda: points.undo_extension(run_id=run.pk, reason="mistake", **BY)


def undoing_a_publication(shop):
    _published(2)
    act, payload = shop.undo_of(*publishing_a_draft(shop)[:2])
    return act, payload, lambda: _published(4)


def undoing_an_end(shop):
    act, payload = shop.undo_of(*ending_a_rule(shop)[:2])
    return act, payload, lambda: _published(4)


def closing_a_month(shop):
    told_late = datetime(2026, 2, 20, 4, tzinfo=UTC)
    return closing.CLOSE, closing.payload(date(2026, 2, 1)), lambda: award(shop.ann, 9, SOON, told_late)


def valuing_points(shop):
    cost = {"fen_per_hundred": 250, "starts_on": TODAY}
    return valuing.SET, valuing.payload(300, TODAY), lambda: points.set_unit_cost(**cost, **BY)


def giving_a_role(shop):
    payload = {"staff": shop.clerk.pk, "role": roles.OPERATIONS}
    return staffing.ASSIGN, payload, lambda: _give(shop, roles.AUDITOR)


def _give(shop, role):
    staff_services.assign_role(staff_id=shop.clerk.pk, role=role, actor=shop.first.as_actor(), at=AT)


def undoing_a_role(shop):
    act, payload = shop.undo_of(*giving_a_role(shop)[:2])
    return act, payload, lambda: _give(shop, roles.AUDITOR)


def moving_a_bar(shop):
    payload = {"act": points.CLEAR, **Bar("never").to_json()}
    return thresholds.SET, payload, lambda: _bar(Bar("above", points=9))


def _bar(bar):
    approvals.set_threshold(act=points.CLEAR, bar=bar, **BY)


def undoing_a_bar(shop):
    act, payload = shop.undo_of(*moving_a_bar(shop)[:2])
    return act, payload, lambda: _bar(Bar("above", points=9))


def exporting_phones(shop):
    members.change_phone(member_id=shop.ann.pk, phone="13911110001", reason="told", **BY)
    mine = {"ids": [shop.ann.pk], "query": "", "reason": "a recall", "staff": shop.first}
    kept = members.keep_phone_export(**mine, at=AT)
    phone = {"member_id": shop.ann.pk, "phone": "13911112222", "reason": "lost"}
    return EXPORT_PHONES, {"export": kept.pk}, lambda: members.change_phone(**phone, **BY)


def _paid_in(shop):
    key, at = uuid.UUID(int=7), AT - timedelta(days=1)
    wish = wallet.TopUpWish(key, shop.ann.pk, shop.clerk.home_store_id, "cash", None, 5_000)
    return wallet.top_up(wish=wish, actor=shop.clerk.as_actor(), at=at)


def publishing_a_plan(shop):
    terms = wallet.PlanTerms("spring", "Spring", 50_000, 5_000)
    wallet.draft_plan(terms=terms, **BY)
    richer = replace(terms, gift_fen=6_000)
    return wallet_acts.PUBLISH, wallet_acts.plan_payload(terms), lambda: wallet.draft_plan(terms=richer, **BY)


def setting_the_policy(shop):
    terms = wallet.PolicyTerms("principal_first", 400_000, 80_000, 7, 30, True)
    return wallet_acts.SET_POLICY, asdict(terms), lambda: wallet.set_policy(terms=terms, **BY)


def refunding_principal(shop):
    made, store = _paid_in(shop), shop.clerk.home_store_id
    wish = wallet.RefundWish(made.pk, "cooling_off", "cash", "moves away", store, TODAY)

    def some_is_spent():
        held = wallet.PaymentWish(uuid.UUID(int=8), shop.ann.pk, store, 100, AT + HOUR)
        wallet.hold(held, at=AT)

    return wallet_acts.REFUND, wallet_acts.refund_payload(wish), some_is_spent


def publishing_a_programme(shop):
    draft = tiers.draft_programme(definition=SMALLEST, **BY)
    asked = {"programme": draft.programme_id, "starts_at": None, "seen": ""}
    other = {**SMALLEST, "window": "lifetime"}
    return tiers.PUBLISH, asked, lambda: tiers.draft_programme(definition=other, **BY)


def assessing_tiers(shop):
    run = tiers.plan_assessment(code=publish(at=AT - timedelta(days=30)), as_of=TODAY, **BY)
    return tiers.ASSESS, {"run": run.pk}, lambda: tiers.start_assessment(run_id=run.pk, **BY)
