"""Awarding a checked list."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Plan
from apps.core.approvals.registry import Act, Listing, Payload
from apps.core.audit import Actor
from apps.members.models import MemberStatus
from apps.points import queries, tasks
from apps.points import services as points
from apps.points.acts.measuring import measured
from apps.points.errors import ListEnded
from apps.points.models import MassAward
from apps.points.refusals import refusal

MAY = "points.award_many"
EXAMPLES = 5
LABELS = {
    "list": _("List"),
    "rows": _("Members"),
    "points": _("Points"),
    "inactive": _("Members not active"),
    "fingerprint": _("Checksum"),
    "member": _("Member"),
    "valid_through": _("Valid through"),
    "line": _("Line of the list"),
}


def _plan(asked: Payload, at: datetime) -> Plan:
    made = MassAward.objects.get(pk=asked["list"])
    if made.request_id is not None:
        raise ListEnded(made.pk)
    lines = made.lines.select_related("member")
    facts = {
        "list": made.name,
        "rows": made.rows,
        "points": made.points,
        "inactive": lines.exclude(member__status=MemberStatus.ACTIVE).count(),
        "fingerprint": made.fingerprint[:16],
    }
    largest = lines.order_by("-points", "number")[:EXAMPLES]
    examples = tuple((row.member.number, row.points, str(row.expires_on or "")) for row in largest)
    columns = ("member", "points", "valid_through")
    return Plan(measured(made.rows, made.points, at), facts, columns, examples)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    points.start_list(list_id=row.payload["list"], request_id=row.pk)
    return {}


def _hold(asked: Payload) -> None:
    points.hold_list(list_id=asked["list"])


def _listing(row: ApprovalRequest) -> Listing:
    return Listing(("line", "member", "points", "valid_through"), _rows(row.payload["list"]))


def _rows(list_id: int) -> Iterator[tuple[Any, ...]]:
    lines = MassAward.objects.get(pk=list_id).lines.select_related("member").order_by("number")
    for row in lines.iterator(chunk_size=2_000):
        yield row.line, row.member.number, row.points, str(row.expires_on or "")


AWARDING = Act(
    queries.AWARD_LIST,
    _("Award points by a list"),
    _("Award %(points)s points to %(rows)s members by the list “%(list)s”"),
    ask=MAY,
    approve=MAY,
    plan=_plan,
    run=_run,
    subject=lambda asked: (points.LIST, asked["list"]),
    bar=Bar(ABOVE, count=20, points=5_000),
    labels=LABELS,
    lock=_hold,
    ring=lambda row: tasks.award_list.delay(row.payload["list"]),
    listing=_listing,
    address=lambda row: reverse("admin:points_massaward_change", args=[row.payload["list"]]),
    refusal=refusal,
    undo="points.undo",
    is_long=True,
    order=40,
)
