"""Taking many members out of the house, their phones masked, needs a second person. What leaves is what was
approved: the members, in their number and person, are part of what is asked for."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.approvals.plans import ABOVE, Bar, Measure, Plan
from apps.core.approvals.registry import Act, Payload
from apps.core.audit import Actor
from apps.stores.models import Staff

EXPORT = "members.export"
MAY = "members.export_members"
LABELS = {
    "members": gettext_lazy("Members"),
    "query": gettext_lazy("Query"),
    "fingerprint": gettext_lazy("Checksum"),
}


def ask_to_export(*, ids: Sequence[int], query: str, staff: Staff, at: datetime) -> ApprovalRequest:
    """The request under which exactly these members may leave: an approved one of the last 24 hours, else a
    new one. Raises what ``approvals.ask`` raises."""
    chosen = hashlib.sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()
    payload = {"staff": staff.pk, "members": len(ids), "chosen": chosen, "query": query}
    mine = ApprovalRequest.objects.filter(act=EXPORT, asked_by_id=staff.pk, payload=payload)
    known = mine.filter(state=RequestState.DONE, finished_at__gt=at - approvals.LASTS).order_by("-pk").first()
    if known is not None:
        return known
    return approvals.ask(act=EXPORT, payload=payload, reason=_("Export of members"), staff=staff, at=at)


def _plan(payload: Payload, at: datetime) -> Plan:
    count = payload["members"]
    facts = {"members": count, "query": payload["query"], "fingerprint": payload["chosen"][:16]}
    return Plan(Measure(count), facts)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    return {}  # the file is made when the one who asked fetches it


EXPORTING = Act(
    EXPORT,
    gettext_lazy("Export members"),
    gettext_lazy("Export %(members)s members with masked phones (query: %(query)s)"),
    ask=MAY,
    approve=MAY,
    plan=_plan,
    run=_run,
    subject=lambda payload: ("export", payload["staff"]),
    bar=Bar(ABOVE, count=1_000),
    labels=LABELS,
    address=lambda row: reverse("admin:members_member_changelist"),
    order=100,
)
