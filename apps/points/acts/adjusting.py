"""Adjusting one member's points by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.ledger import queries as holdings
from apps.ledger import services as ledger
from apps.ledger.errors import NotEnough
from apps.members.models import Member
from apps.points import services as points
from apps.points.acts.measuring import measured
from apps.points.models import Attachment
from apps.points.refusals import refusal
from apps.stores.models import Staff

ADJUST = "points.adjust"
MAY = "points.adjust_points"
LABELS = {
    "member": _("Member"),
    "amount": _("Points"),
    "reason": _("Reason"),
    "note": _("Note"),
    "valid_through": _("Valid through"),
    "paper": _("Attachment"),
    "spendable": _("Can be spent when asked"),
}


def payload(wish: points.Wish, staff: Staff) -> dict[str, Any]:
    """What is asked for, and by whom: his limit is used."""
    return {
        "member": wish.member_id,
        "points": wish.points,
        "reason": wish.reason,
        "note": wish.note,
        "expires_on": wish.expires_on.isoformat() if wish.expires_on else None,
        "attachment": wish.attachment_id,
        "staff": staff.pk,
    }


def _wish(asked: Payload) -> points.Wish:
    until = date.fromisoformat(asked["expires_on"]) if asked["expires_on"] else None
    return points.Wish(
        asked["member"], asked["points"], asked["reason"], asked["note"], until, asked["attachment"]
    )


def _plan(asked: Payload, at: datetime) -> Plan:
    wish = _wish(asked)
    points.check_limit(staff_id=asked["staff"], points=wish.points, at=at)
    reason = points.open_reason(wish.reason)
    held = holdings.holding(wish.member_id, day=clock.business_day(at))
    if wish.points < 0 and held.spendable < -wish.points:
        raise NotEnough(-wish.points, held.spendable, held.held)
    paper = Attachment.objects.filter(pk=wish.attachment_id).values_list("name", flat=True).first()
    facts = {
        "member": Member.objects.values_list("number", flat=True).get(pk=wish.member_id),
        "amount": f"{wish.points:+,}",
        "reason": reason.name,
        "note": wish.note,
        "valid_through": asked["expires_on"] or "",
        "paper": paper or "",
    }
    return Plan(measured(1, abs(wish.points), at), facts, notes={"spendable": held.spendable})


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    made = points.adjust(wish=_wish(row.payload), request_id=row.pk, actor=actor, at=at)
    return {"entry": made.entry_id, "done": {"points": abs(made.points)}}


def _hold(asked: Payload) -> None:
    points.hold_limit(asked["staff"])
    ledger.lock_accounts([asked["member"]])


def _files(row: ApprovalRequest) -> Sequence[tuple[str, str]]:
    paper = row.payload["attachment"]
    if paper is None:
        return ()
    return ((row.plan["facts"]["paper"], reverse("admin:points_adjustment_paper", args=[paper])),)


ADJUSTING = Act(
    ADJUST,
    _("Adjust points by hand"),
    _("Adjust the points of member %(member)s by %(amount)s: %(reason)s"),
    ask=MAY,
    approve=MAY,
    plan=_plan,
    run=_run,
    subject=lambda asked: ("points.adjustment", asked["member"]),
    bar=Bar(ABOVE, points=1_000),
    labels=LABELS,
    lock=_hold,
    files=_files,
    address=lambda row: reverse("admin:members_member_change", args=[row.payload["member"]]),
    refusal=refusal,
    undo="points.undo",
    order=30,
)
