"""Files with full phones: kept when asked for, opened once approved, fetched once by who asked.

What is fetched is what was approved, to the phone: a member who left the asker's scope, or has another phone
by now, stops it. Every member in the file gets a line in the reveal log.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from apps.core import audit, sealing
from apps.members import queries
from apps.members.errors import ExportDiffers, ExportEnded, NothingToExport
from apps.members.models import Member, PhoneExport, Reveal
from apps.stores.models import Staff

MAY_EXPORT_PHONES = "members.export_phones"
LASTS = timedelta(hours=24)
AT_ONCE = 5_000


@transaction.atomic
def keep_phone_export(
    *, ids: Sequence[int], query: str, reason: str, staff: Staff, at: datetime
) -> PhoneExport:
    """Keep which members' phones are asked for; nothing leaves yet. Raises NothingToExport."""
    row = PhoneExport(
        staff=staff, member_ids=sorted(ids), query=query[:500], reason=reason[:200], asked_at=at
    )
    row.member_ids = list(queries.to_export(row).values_list("pk", flat=True))
    if not row.member_ids:
        raise NothingToExport
    row.fingerprint = queries.phones_of(row).fingerprint
    row.save()
    return row


def hold_phone_export(*, export_id: int) -> PhoneExport:
    """The export, locked to the end of the transaction."""
    return PhoneExport.objects.select_for_update().get(pk=export_id)


@transaction.atomic
def open_phone_export(*, export_id: int, request_id: int, at: datetime) -> PhoneExport:
    """Let who asked fetch the file, for a day. Raises ExportEnded."""
    row = hold_phone_export(export_id=export_id)
    if row.request_id is not None:
        raise ExportEnded(export_id)
    row.request_id, row.expires_at = request_id, at + LASTS
    row.save(update_fields=["request_id", "expires_at"])
    return row


@transaction.atomic
def fetch_phone_export(*, export_id: int, staff: Staff, at: datetime) -> list[tuple[Member, str]]:
    """The members with their phones in E.164, once. Raises ExportEnded, ExportDiffers."""
    mine = PhoneExport.objects.filter(pk=export_id, staff=staff, fetched_at__isnull=True, expires_at__gt=at)
    if not mine.update(fetched_at=at):
        raise ExportEnded(export_id)
    row = PhoneExport.objects.select_related("staff").get(pk=export_id)
    found = list(queries.to_export(row))
    if queries.phones_of(row).fingerprint != row.fingerprint:
        raise ExportDiffers(export_id)
    Reveal.objects.bulk_create(
        (Reveal(member=member, staff=staff, field="phone", reason=row.reason, at=at) for member in found),
        batch_size=AT_ONCE,
    )
    data = {"count": len(found), "query": row.query, "reason": row.reason, "request": row.request_id}
    subject = ("phone_export", row.pk)
    audit.record("members.export_phones", actor=staff.as_actor(), subject=subject, at=at, data=data)
    return [(member, sealing.unseal(bytes(member.phone_sealed))) for member in found]
