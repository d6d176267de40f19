"""A membership stopped, resumed and ended."""

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
