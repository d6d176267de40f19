"""What is known of a member, changed by hand. The audit names the fields, never what they said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.core import audit, outbox, sealing
from apps.core.audit import Actor
from apps.members import phones, queries, rules
from apps.members.errors import PhoneTaken, ReasonNeeded
from apps.members.models import ConsentEvent, Member
from apps.members.services import checking
from apps.members.services.locking import broke, locked_open
from apps.members.services.privacy import give_consents


@dataclass(frozen=True)
class Profile:
    """The fields of the profile form; every one is written as given."""

    name: str
    gender: str
    birthday: date | None
    guardian_consent: bool = False


@transaction.atomic
def update_profile(*, member_id: int, profile: Profile, actor: Actor, at: datetime) -> Member:
    """Change name, gender and birthday. Raises InvalidProfile, InvalidBirthday, GuardianConsentNeeded,
    MemberNotFound, MemberNotActive.
    """
    member = locked_open(member_id)
    has_guardian = profile.guardian_consent or member.guardian_consented_at is not None
    checking.check_person(
        name=profile.name,
        gender=profile.gender,
        birthday=profile.birthday,
        has_guardian=has_guardian,
        at=at,
    )
    if profile.guardian_consent and member.guardian_consented_at is None:
        _keep_guardian(member, actor, at)
    changes = {"name": rules.clean_text(profile.name), "gender": profile.gender, "birthday": profile.birthday}
    return _change(member, changes, actor=actor, at=at)


@transaction.atomic
def set_attributes(*, member_id: int, attributes: Mapping[str, Any], actor: Actor, at: datetime) -> Member:
    """Set custom attributes; None takes one away, others stay. Raises InvalidProfile, MemberNotActive."""
    member = locked_open(member_id)
    merged = {**member.attributes, **checking.checked_attributes(attributes)}
    kept = {name: value for name, value in merged.items() if value is not None}
    return _change(member, {"attributes": checking.checked_attributes(kept)}, actor=actor, at=at)


@transaction.atomic
def change_phone(*, member_id: int, phone: str, reason: str, actor: Actor, at: datetime) -> Member:
    """Give a member another phone number; the audit keeps the reason and both numbers, masked.

    Raises ReasonNeeded, InvalidPhone, PhoneTaken, MemberNotFound, MemberNotActive.
    """
    reason = rules.clean_text(reason)
    if not reason:
        raise ReasonNeeded
    phone = phones.normalise(phone)
    member = locked_open(member_id)
    if bytes(member.phone_hash or b"") == sealing.blind_index(phone):
        return member
    told = {"was": member.phone_masked or "–", "now": phones.mask(phone), "reason": reason}
    member.phone_sealed = sealing.seal(phone)
    member.phone_hash = sealing.blind_index(phone)
    member.phone_last4 = phone[-4:]
    try:
        with transaction.atomic():
            member.save(update_fields=["phone_sealed", "phone_hash", "phone_last4"])
    except IntegrityError as error:
        if broke(error, "members_member_phone_once"):
            raise PhoneTaken(queries.holder_of_phone(phone).pk) from error
        raise
    subject = ("member", member.pk)
    audit.record("members.change_phone", actor=actor, subject=subject, at=at, data=told)
    outbox.announce("member.changed", {"member_id": member.pk, "fields": ["phone"]}, at=at)
    return member


def _change(member: Member, values: Mapping[str, Any], *, actor: Actor, at: datetime) -> Member:
    changed = [name for name, value in values.items() if getattr(member, name) != value]
    if changed:
        for name in changed:
            setattr(member, name, values[name])
        member.save(update_fields=changed)
        _tell(member, changed, actor, at)
    return member


def _tell(member: Member, changed: list[str], actor: Actor, at: datetime) -> None:
    subject = ("member", member.pk)
    audit.record(
        "members.update_profile", actor=actor, subject=subject, at=at, data={"fields": ", ".join(changed)}
    )
    outbox.announce("member.changed", {"member_id": member.pk, "fields": changed}, at=at)


def _keep_guardian(member: Member, actor: Actor, at: datetime) -> None:
    member.guardian_consented_at = at
    member.save(update_fields=["guardian_consented_at"])
    given = {ConsentEvent.Purpose.GUARDIAN: True}
    give_consents(member, given, policy_version=rules.POLICY_VERSION, actor=actor, at=at)
