"""What of stored value needs four eyes: publishing a plan, setting the policy, paying principal out."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Measure, Plan
from apps.core.approvals.registry import Act, Payload, acts
from apps.core.audit import Actor
from apps.core.money import format_money
from apps.stores.models import Store
from apps.wallet import queries
from apps.wallet import services as wallet
from apps.wallet.errors import FormulaClosed, NothingLeft
from apps.wallet.models import Formula, Means, SplitRule, TopUp
from apps.wallet.refusals import refusal

PUBLISH, SET_POLICY, REFUND = "wallet.publish_plan", "wallet.set_policy", "wallet.refund_principal"
MAY_PUBLISH, MAY_REFUND = "wallet.publish_plan", "wallet.refund_principal"


def plan_payload(terms: wallet.PlanTerms) -> dict[str, Any]:
    """What is asked for when a drafted plan shall be published: its very wording."""
    moments = {name: _iso(getattr(terms, name)) for name in ("starts_at", "ends_at")}
    return {**asdict(terms), **moments, "store_ids": list(terms.store_ids)}


def _terms(asked: Payload) -> wallet.PlanTerms:
    moments = {name: _instant(asked[name]) for name in ("starts_at", "ends_at")}
    return wallet.PlanTerms(**{**asked, **moments, "store_ids": tuple(asked["store_ids"])})


def _plan_publishing(asked: Payload, at: datetime) -> Plan:
    stores = Store.objects.filter(pk__in=asked["store_ids"]).order_by("code")
    facts = {
        "name": asked["name"],
        "amount": asked["amount_fen"],
        "gift": asked["gift_fen"],
        "gift_days": asked["gift_days"] or "",
        "stores": ", ".join(map(str, stores)),
        "most_per_member": asked["most_per_member"] or "",
        "starts_at": asked["starts_at"] or "",
        "ends_at": asked["ends_at"] or "",
    }
    return Plan(Measure(count=1), facts)


def _publish(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    made = wallet.publish_plan(terms=_terms(row.payload), actor=actor, at=at)
    return {"version": made.number}


def _plan_policy(asked: Payload, at: datetime) -> Plan:
    """The policy in force is part of the plan: replaced meanwhile, this one is not what was approved."""
    return Plan(Measure(count=1), {**asked, "instead_of": queries.policy().pk})


def _set_policy(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    wallet.set_policy(terms=wallet.PolicyTerms(**row.payload), actor=actor, at=at)
    return {}


def refund_payload(wish: wallet.RefundWish) -> dict[str, Any]:
    """What is asked for when principal shall be paid out."""
    return {**asdict(wish), "asked_on": wish.asked_on.isoformat()}


def _wish(asked: Payload) -> wallet.RefundWish:
    return wallet.RefundWish(**{**asked, "asked_on": date.fromisoformat(asked["asked_on"])})


def _plan_refund(asked: Payload, at: datetime) -> Plan:
    wish = _wish(asked)
    deposit, met = queries.refund_offer(wish.top_up_id, wish.formula, asked_on=wish.asked_on, at=at)
    if not met.is_open:
        raise FormulaClosed(deposit.days)
    if not deposit.left_fen:
        raise NothingLeft
    top_up = TopUp.objects.select_related("member").get(pk=wish.top_up_id)
    facts = {
        "receipt": top_up.receipt_number,
        "member": top_up.member.number,
        "formula": wish.formula,
        "cash": met.cash_fen,
        "principal": deposit.left_principal_fen,
        "gift": deposit.left_gift_fen,
        "means": wish.means,
    }
    return Plan(Measure(count=1, money_fen=met.cash_fen), facts)


def _refund(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    made = wallet.refund_principal(wish=_wish(row.payload), request_id=row.pk, actor=actor, at=at)
    return {"receipt": made.receipt_number, "done": {"money_fen": made.cash_fen}}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _worded(words: Mapping[str, Any]) -> Any:
    return lambda code: str(words.get(code, code))


def _moment(text: str) -> str:
    return f"{_instant(text).astimezone(clock.zone()):%Y-%m-%d %H:%M}" if text else "–"


PUBLISHING = Act(
    PUBLISH,
    _("Publish a top-up plan"),
    _("Publish the top-up plan “%(name)s”: pay %(amount)s, get %(gift)s"),
    ask=MAY_PUBLISH,
    approve=MAY_PUBLISH,
    plan=_plan_publishing,
    run=_publish,
    subject=lambda asked: ("wallet.plan", asked["code"]),
    labels={
        "name": _("Plan name"),
        "amount": _("To pay"),
        "gift": _("Gift"),
        "gift_days": _("Gift valid for days"),
        "stores": _("Stores"),
        "most_per_member": _("Times per member"),
        "starts_at": _("Applies from"),
        "ends_at": _("Until"),
    },
    formats={"amount": format_money, "gift": format_money, "starts_at": _moment, "ends_at": _moment},
    address=lambda row: reverse("admin:wallet_topupplan_changelist"),
    refusal=refusal,
    may_be_alone=True,
    order=60,
)
POLICY = Act(
    SET_POLICY,
    _("Set the stored-value policy"),
    _("Set the stored-value policy: paying takes %(split)s, cap %(named_cap_fen)s"),
    ask=MAY_PUBLISH,
    approve=MAY_PUBLISH,
    plan=_plan_policy,
    run=_set_policy,
    subject=lambda asked: ("wallet.policy", "next"),
    labels={
        "split": _("Paying takes"),
        "named_cap_fen": _("Most principal of a named member"),
        "nameless_cap_fen": _("Most principal of a nameless member"),
        "cooling_days": _("Cooling-off days"),
        "grace_days": _("Grace of returned gift (days)"),
        "takes_any_amount": _("Takes any amount"),
        "instead_of": _("Instead of policy"),
    },
    formats={
        "split": _worded(dict(SplitRule.choices)),
        "named_cap_fen": format_money,
        "nameless_cap_fen": format_money,
        "takes_any_amount": lambda yes: str(_("Yes") if yes else _("No")),
    },
    address=lambda row: reverse("admin:wallet_policy_changelist"),
    refusal=refusal,
    may_be_alone=True,
    order=61,
)
REFUNDING = Act(
    REFUND,
    _("Refund principal"),
    _("Pay out %(cash)s for top-up %(receipt)s of member %(member)s, %(formula)s"),
    ask=MAY_REFUND,
    approve=MAY_REFUND,
    plan=_plan_refund,
    run=_refund,
    subject=lambda asked: ("wallet.top_up", asked["top_up_id"]),
    bar=Bar(ABOVE, money_fen=100_000),
    labels={
        "receipt": _("Receipt number"),
        "member": _("Member"),
        "formula": _("Formula"),
        "cash": _("To pay out"),
        "principal": _("Principal taken off"),
        "gift": _("Gift taken back"),
        "means": _("Means of payment"),
    },
    formats={
        "formula": _worded(dict(Formula.choices)),
        "means": _worded(dict(Means.choices)),
        **dict.fromkeys(("cash", "principal", "gift"), format_money),
    },
    lock=lambda asked: wallet.lock_for_refund(asked["top_up_id"]),
    refusal=refusal,
    order=62,
)
for act in (PUBLISHING, POLICY, REFUNDING):
    acts.register(act)
