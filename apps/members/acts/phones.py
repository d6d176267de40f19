"""Taking members out of the house with their full phones: the very members and phones that were approved,
once, to the one who asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.approvals import door
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.plans import ABOVE, Bar, Measure, Plan
from apps.core.approvals.registry import Act, Listing, Payload
from apps.core.audit import Actor
from apps.core.errors import LaurelError
from apps.members import queries
from apps.members import services as members
from apps.members.errors import ExportEnded
from apps.members.models import PhoneExport
from apps.members.refusals import refusal_of_export
from apps.stores.models import Staff

EXPORT_PHONES = "members.export_phones"
EXAMPLES = 5
LABELS = {
    "members": _("Members"),
    "query": _("Query"),
    "fingerprint": _("Checksum"),
    "member": _("Member"),
    "phone": _("Phone"),
}


@transaction.atomic
def ask_for_phones(
    *, ids: Sequence[int], query: str, reason: str, staff: Staff, at: datetime
) -> ApprovalRequest:
    """Ask for a file with the full phones of these members. Raises NothingToExport, and as ``ask`` does."""
    kept = members.keep_phone_export(ids=ids, query=query, reason=reason, staff=staff, at=at)
    payload = {"export": kept.pk}
    return approvals.ask(act=EXPORT_PHONES, payload=payload, reason=reason, staff=staff, at=at)


def _plan(payload: Payload, at: datetime) -> Plan:
    """The members the asker still sees, with the phones they have now."""
    row = PhoneExport.objects.select_related("staff").get(pk=payload["export"])
    if row.request_id is not None:
        raise ExportEnded(row.pk)
    found = queries.phones_of(row)
    facts = {"members": found.members, "query": row.query, "fingerprint": found.fingerprint[:16]}
    first = queries.to_export(row)[:EXAMPLES]
    examples = tuple((member.number, member.phone_masked) for member in first)
    return Plan(Measure(found.members), facts, ("member", "phone"), examples)


def _run(row: ApprovalRequest, actor: Actor, at: datetime) -> Mapping[str, Any]:
    members.open_phone_export(export_id=row.payload["export"], request_id=row.pk, at=at)
    return {"done": {"count": row.plan["measure"]["count"]}}


def _listing(row: ApprovalRequest) -> Listing:
    return Listing(("member", "phone"), _rows(row.payload["export"]))


def _rows(export_id: int) -> Iterator[tuple[str, str]]:
    """Who approves sees the members, and no phones."""
    for member in queries.to_export(PhoneExport.objects.get(pk=export_id)).iterator(chunk_size=2_000):
        yield member.number, member.phone_masked


def _refusal(error: LaurelError) -> str:
    return refusal_of_export(error) or door.refusal(error)


EXPORTING_PHONES = Act(
    EXPORT_PHONES,
    _("Export full phones"),
    _("Export %(members)s members with their full phones (query: %(query)s)"),
    ask=members.MAY_EXPORT_PHONES,
    approve=members.MAY_EXPORT_PHONES,
    plan=_plan,
    run=_run,
    subject=lambda payload: ("phone_export", payload["export"]),
    bar=Bar(ABOVE, count=20),
    labels=LABELS,
    lock=lambda payload: members.hold_phone_export(export_id=payload["export"]),
    listing=_listing,
    address=lambda row: reverse("admin:members_phoneexport_change", args=[row.payload["export"]]),
    refusal=_refusal,
    order=110,
)
