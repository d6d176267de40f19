"""The right to be forgotten and the right to a copy.

*Erase*: nothing that names the person is left; the number becomes a pseudonym under which ledger and
visits stay, because books must add up. There is no way back. *Access copy*: everything kept about one
member, as JSON and as CSV tables in one archive; taking one is a logged act with a reason.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core import audit, clock, outbox, sealing
from apps.core.audit import Actor
from apps.core.csvfile import neutral
from apps.members import desk, rules
from apps.members.errors import MemberErased, ReasonNeeded
from apps.members.models import Identity, Member, MemberStatus, MemberTag, Reveal
from apps.members.services.locking import locked

ALL_FIELDS = "all"
BLANK: dict[str, Any] = {
    "member_ref": None,
    "name": "",
    "gender": "",
    "birthday": None,
    "phone_sealed": None,
    "phone_hash": None,
    "phone_last4": "",
    "email_sealed": None,
    "email_hash": None,
    "guardian_consented_at": None,
    "attributes": {},
}


@transaction.atomic
def erase(*, member_id: int, reason: str, actor: Actor, at: datetime) -> Member:
    """Erase who a member is, for good. What upper apps registered, as forfeiting points, happens first.

    Raises ReasonNeeded, MemberNotFound, MemberErased, and what a farewell refuses.
    """
    reason = _required(reason)
    for farewell in desk.farewells:
        farewell.act(member_id, actor, at)
    member = locked(member_id)
    if member.erased_at is not None:
        raise MemberErased
    blank = {**BLANK, "number": f"X{member.pk}", "status": MemberStatus.CLOSED, "erased_at": at}
    for name, value in blank.items():
        setattr(member, name, value)
    member.save(update_fields=list(blank))
    Identity.objects.filter(member=member).delete()
    MemberTag.objects.filter(member=member).delete()
    subject = ("member", member.pk)
    audit.record("members.erase", actor=actor, subject=subject, at=at, data={"reason": reason})
    outbox.announce("member.erased", {"member_id": member.pk}, at=at)
    return member


@transaction.atomic
def take_access_copy(*, member_id: int, reason: str, actor: Actor, at: datetime) -> bytes:
    """A zip of everything kept about a member. Raises ReasonNeeded, MemberNotFound, MemberErased."""
    reason = _required(reason)
    member = locked(member_id)
    if member.erased_at is not None:
        raise MemberErased
    if actor.staff_id is not None:
        Reveal.objects.create(
            member=member, staff_id=actor.staff_id, field=ALL_FIELDS, reason=reason[:200], at=at
        )
    subject = ("member", member.pk)
    audit.record("members.access_copy", actor=actor, subject=subject, at=at, data={"reason": reason})
    return _archive(member)


def _required(reason: str) -> str:
    reason = rules.clean_text(reason)
    if not reason:
        raise ReasonNeeded
    return reason


def _archive(member: Member) -> bytes:
    tables = [desk.Section("profile", ("field", "value"), lambda _pk: _profile(member)), *desk.sections]
    told: dict[str, list[dict[str, str]]] = {}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            rows = [[_text(cell) for cell in row] for row in table.rows(member.pk)]
            told[table.code] = [dict(zip(table.columns, row, strict=True)) for row in rows]
            archive.writestr(f"{table.code}.csv", _csv(table.columns, rows))
        archive.writestr("member.json", json.dumps(told, ensure_ascii=False, indent=1))
    return packed.getvalue()


def _profile(member: Member) -> Iterator[tuple[str, Any]]:
    yield "number", member.number
    yield "source reference", member.member_ref
    yield "status", member.status
    yield "name", member.name
    yield "gender", member.gender
    yield "birthday", member.birthday
    yield "phone", sealing.unseal(member.phone_sealed) if member.phone_sealed else ""
    yield "e-mail", sealing.unseal(member.email_sealed) if member.email_sealed else ""
    yield "guardian's consent", member.guardian_consented_at
    yield "store of origin", member.home_store
    yield "channel of origin", member.channel
    yield "referred by", member.referrer
    yield "joined", member.joined_at
    yield from member.attributes.items()


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone(clock.zone()).isoformat(timespec="seconds")
    return "" if cell is None else str(cell)


def _csv(columns: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return "\ufeff" + file.getvalue()
