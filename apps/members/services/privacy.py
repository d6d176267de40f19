"""Consent events, and showing what is kept sealed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.core import audit, outbox, sealing
from apps.core.audit import Actor
from apps.members import rules
from apps.members.errors import NothingToReveal, ReasonNeeded
from apps.members.models import ConsentEvent, Member, Reveal
from apps.members.services.locking import locked, locked_open

SEALED_FIELDS = ("phone", "email")


@transaction.atomic
def add_consent(
    *, member_id: int, purpose: str, is_given: bool, policy_version: str, actor: Actor, at: datetime
) -> ConsentEvent:
    """Record that a member gave or withdrew consent to a purpose. Raises MemberNotFound, MemberNotActive."""
    member = locked_open(member_id)
    event = give_consents(member, {purpose: is_given}, policy_version=policy_version, actor=actor, at=at)[0]
    if purpose == ConsentEvent.Purpose.GUARDIAN:
        member.guardian_consented_at = at if is_given else None
        member.save(update_fields=["guardian_consented_at"])
    data = {"purpose": str(purpose), "is_given": is_given, "policy_version": policy_version}
    audit.record("members.add_consent", actor=actor, subject=("member", member.pk), at=at, data=data)
    outbox.announce("member.consented", {"member_id": member.pk, **data}, at=at)
    return event


def give_consents(
    member: Member, given: Mapping[str, bool], *, policy_version: str, actor: Actor, at: datetime
) -> list[ConsentEvent]:
    """Append one event per purpose, in the caller's transaction."""
    return ConsentEvent.objects.bulk_create(
        ConsentEvent(
            member=member,
            purpose=purpose,
            is_given=is_given,
            policy_version=policy_version,
            at=at,
            staff_id=actor.staff_id,
            source=actor.name[:40],
        )
        for purpose, is_given in given.items()
    )


@transaction.atomic
def reveal(*, member_id: int, field: str, reason: str, actor: Actor, at: datetime) -> str:
    """The unsealed ``phone`` or ``email`` of a member, logged with its reason; doors check the permission.

    Raises ReasonNeeded, NothingToReveal, MemberNotFound.
    """
    reason = rules.clean_text(reason)[:200]
    if not reason or actor.staff_id is None:
        raise ReasonNeeded
    member = locked(member_id)
    sealed = getattr(member, f"{field}_sealed") if field in SEALED_FIELDS else None
    if sealed is None:
        raise NothingToReveal(field)
    Reveal.objects.create(member=member, staff_id=actor.staff_id, field=field, reason=reason, at=at)
    audit.record(
        "members.reveal",
        actor=actor,
        subject=("member", member.pk),
        at=at,
        data={"field": field, "reason": reason},
    )
    return sealing.unseal(sealed)


def note_export(*, count: int, query: str, actor: Actor, at: datetime) -> None:
    """Put on record that so many members left the house in a masked file, and by which query."""
    data = {"count": count, "query": query}
    audit.record("members.export", actor=actor, subject=("export", "members"), at=at, data=data)
