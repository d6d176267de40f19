"""How a member row is locked for a change, and how a constraint is recognised."""

from django.db import IntegrityError

from apps.members.errors import MemberNotActive, MemberNotFound
from apps.members.models import Member, MemberStatus


def locked(member_id: int) -> Member:
    """The member, locked until the transaction ends. Raises MemberNotFound."""
    member = Member.objects.select_for_update(of=("self",)).filter(pk=member_id).first()
    if member is None:
        raise MemberNotFound
    return member


def locked_open(member_id: int) -> Member:
    """As ``locked``, and not closed. Raises MemberNotActive."""
    member = locked(member_id)
    if member.status == MemberStatus.CLOSED:
        raise MemberNotActive(member.status)
    return member


def broke(error: IntegrityError, constraint: str) -> bool:
    """Whether this constraint refused the write."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) == constraint
