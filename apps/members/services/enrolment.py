"""Enrolling: a phone number becomes a member, once, however often and by however many it is sent.

The unique phone hash decides: insert, and where another was faster, look that member up. A known
phone answers with the member who has it, unchanged, and links the store where it was shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.core import audit, outbox, sealing
from apps.core.audit import Actor
from apps.members import numbers, phones, queries, rules
from apps.members.errors import PhoneTaken, ReferrerNotFound
from apps.members.models import ConsentEvent, Member, MemberStatus, StoreLink
from apps.members.services import checking
from apps.members.services.channels import bind_identity, ensure_channel
from apps.members.services.locking import broke
from apps.members.services.privacy import give_consents
from apps.members.services.visits import link, present

Purpose = ConsentEvent.Purpose


@dataclass(frozen=True)
class Enrolment:
    """What a new member says. Joining implies consent to the membership terms of ``policy_version``."""

    phone: str
    name: str = ""
    gender: str = ""
    birthday: date | None = None
    store_id: int | None = None
    channel_code: str = ""
    referrer_number: str = ""
    marketing_consent: bool = False
    guardian_consent: bool = False
    policy_version: str = rules.POLICY_VERSION
    attributes: Mapping[str, Any] = field(default_factory=dict)
    identities: tuple[tuple[str, str], ...] = ()  # (channel code, identity there)


@dataclass(frozen=True)
class Enrolled:
    """The member who has the phone now, and whether this call made him one."""

    member: Member
    is_new: bool


@transaction.atomic
def enrol(*, enrolment: Enrolment, actor: Actor, at: datetime) -> Enrolled:
    """Make a member of a phone number, or find the open member who has it.

    Raises InvalidPhone, InvalidBirthday, InvalidProfile, GuardianConsentNeeded, ReferrerNotFound,
    IdentityTaken.
    """
    phone = phones.normalise(enrolment.phone)
    known = queries.holder_of_phone(phone)
    if known is None:
        try:
            with transaction.atomic():
                return Enrolled(_create(enrolment, phone, actor, at), is_new=True)
        except PhoneTaken as taken:
            known = Member.objects.get(pk=taken.member_id)
    if enrolment.store_id is not None:
        present(member_id=known.pk, store_id=enrolment.store_id, actor=actor, at=at)
    return Enrolled(known, is_new=False)


def _create(enrolment: Enrolment, phone: str, actor: Actor, at: datetime) -> Member:
    checking.check_person(
        name=enrolment.name,
        gender=enrolment.gender,
        birthday=enrolment.birthday,
        has_guardian=enrolment.guardian_consent,
        at=at,
    )
    member = _insert(_row(enrolment, phone, actor, at))
    if member.home_store_id is not None:
        link(member.pk, member.home_store_id, StoreLink.How.HOME, at)
    _keep_consents(member, enrolment, actor, at)
    for channel_code, external_id in enrolment.identities:
        bind_identity(
            member_id=member.pk, channel_code=channel_code, external_id=external_id, actor=actor, at=at
        )
    _tell(member, enrolment, actor, at)
    return member


def _row(enrolment: Enrolment, phone: str, actor: Actor, at: datetime) -> Member:
    return Member(
        number=numbers.new_number(),
        name=rules.clean_text(enrolment.name),
        gender=enrolment.gender,
        birthday=enrolment.birthday,
        phone_sealed=sealing.seal(phone),
        phone_hash=sealing.blind_index(phone),
        phone_last4=phone[-4:],
        guardian_consented_at=at if enrolment.guardian_consent else None,
        home_store_id=enrolment.store_id,
        channel_id=ensure_channel(enrolment.channel_code) if enrolment.channel_code else None,
        referrer_id=_referrer_id(enrolment.referrer_number),
        enrolled_by_id=actor.staff_id,
        joined_at=at,
        created_at=at,
        attributes=checking.checked_attributes(enrolment.attributes),
    )


def _insert(member: Member) -> Member:
    try:
        with transaction.atomic():
            member.save(force_insert=True)
    except IntegrityError as error:
        if not broke(error, "members_member_phone_once"):
            raise
        holder = Member.objects.exclude(status=MemberStatus.CLOSED).get(phone_hash=member.phone_hash)
        raise PhoneTaken(holder.pk) from error
    return member


def _referrer_id(number: str) -> int | None:
    if not number:
        return None
    text = number.strip()
    found = Member.objects.exclude(status=MemberStatus.CLOSED).filter(number=numbers.from_scan(text) or text)
    referrer_id = found.values_list("pk", flat=True).first()
    if referrer_id is None:
        raise ReferrerNotFound(text)
    return referrer_id


def _keep_consents(member: Member, enrolment: Enrolment, actor: Actor, at: datetime) -> None:
    given = {Purpose.MEMBERSHIP: True, Purpose.MARKETING: enrolment.marketing_consent}
    if enrolment.guardian_consent:
        given[Purpose.GUARDIAN] = True
    give_consents(member, given, policy_version=enrolment.policy_version, actor=actor, at=at)


def _tell(member: Member, enrolment: Enrolment, actor: Actor, at: datetime) -> None:
    audit.record(
        "members.enrol",
        actor=actor,
        subject=("member", member.pk),
        at=at,
        data={"number": member.number, "channel": enrolment.channel_code},
    )
    outbox.announce(
        "member.enrolled",
        {
            "member_id": member.pk,
            "store_id": member.home_store_id,
            "channel": enrolment.channel_code,
            "referrer_id": member.referrer_id,
            "at": at.isoformat(),
        },
        at=at,
    )
