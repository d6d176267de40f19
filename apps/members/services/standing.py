"""A membership stopped, resumed and ended."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.core import audit, outbox
from apps.core.audit import Actor
from apps.members import rules
from apps.members.errors import MemberNotActive, ReasonNeeded
from apps.members.models import Member, MemberStatus
from apps.members.services.locking import locked

ACTIVE, FROZEN, CLOSED = MemberStatus.ACTIVE, MemberStatus.FROZEN, MemberStatus.CLOSED


def freeze(*, member_id: int, reason: str, actor: Actor, at: datetime) -> Member:
    """Stop an active membership for a while. Raises ReasonNeeded, MemberNotActive, MemberNotFound."""
    return _move(member_id, "members.freeze", (ACTIVE,), FROZEN, reason=reason, actor=actor, at=at)


@transaction.atomic
def freeze_many(*, member_ids: Iterable[int], reason: str, actor: Actor, at: datetime) -> int:
    """Freeze those of the members who are active; how many that were. Raises ReasonNeeded."""
    rows = Member.objects.select_for_update().filter(pk__in=list(member_ids), status=ACTIVE).order_by("pk")
    active = list(rows.values_list("pk", flat=True))
    for member_id in active:
        freeze(member_id=member_id, reason=reason, actor=actor, at=at)
    return len(active)


def unfreeze(*, member_id: int, reason: str, actor: Actor, at: datetime) -> Member:
    """Resume a frozen membership. Raises ReasonNeeded, MemberNotActive, MemberNotFound."""
    return _move(member_id, "members.unfreeze", (FROZEN,), ACTIVE, reason=reason, actor=actor, at=at)


def close(*, member_id: int, reason: str, actor: Actor, at: datetime) -> Member:
    """End a membership for good; its phone may be enrolled anew. Raises as ``freeze``."""
    return _move(member_id, "members.close", (ACTIVE, FROZEN), CLOSED, reason=reason, actor=actor, at=at)


@transaction.atomic
def _move(
    member_id: int,
    code: str,
    sources: tuple[str, ...],
    target: str,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Member:
    reason = rules.clean_text(reason)
    if not reason:
        raise ReasonNeeded
    member = locked(member_id)
    if member.status == target:
        return member
    if member.status not in sources:
        raise MemberNotActive(member.status)
    was, member.status = member.status, target
    member.save(update_fields=["status"])
    audit.record(code, actor=actor, subject=("member", member.pk), at=at, data={"reason": reason})
    outbox.announce("member.status_changed", {"member_id": member.pk, "was": was, "status": target}, at=at)
    return member
