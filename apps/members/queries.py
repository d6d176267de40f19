"""Reads: which members a staff member sees, and finding one by what a customer shows.

A *full identity* (phone, member number, QR code, channel identity) is found in the whole brand; the
last four digits with a surname only among the members the staff member sees anyway.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from apps.core import sealing
from apps.members import numbers, phones
from apps.members.errors import InvalidPhone, MemberNotFound
from apps.members.models import Channel, Identity, Member, MemberStatus, MemberTag, PhoneExport, StoreLink
from apps.stores import queries as stores
from apps.stores.models import Staff

SHOWN = 20
_TAIL_THEN_NAME = re.compile(r"([0-9]{4})\s*(\D*)")
_NAME_THEN_TAIL = re.compile(r"(\D+?)\s*([0-9]{4})")


@dataclass(frozen=True)
class Match:
    """What a text found. ``is_identity``: the customer showed something that names one person."""

    members: tuple[Member, ...] = ()
    is_identity: bool = False


def members_for(staff: Staff) -> QuerySet[Member]:
    """The members a staff member sees: all, or those linked to a store of the scope."""
    if not staff.is_active:
        return Member.objects.none()
    if staff.sees_all_stores or staff.is_superuser:
        return Member.objects.all()
    links = StoreLink.objects.filter(member=OuterRef("pk"), store__in=stores.stores_for(staff).values("pk"))
    return Member.objects.filter(Exists(links))


def access_member(staff: Staff, key: str | int) -> Member:
    """One member by number or primary key. Raises MemberNotFound, also outside the scope."""
    where = {"pk": key} if isinstance(key, int) else {"number": key}
    member = members_for(staff).select_related("home_store", "channel").filter(**where).first()
    if member is None:
        raise MemberNotFound
    return member


def match(staff: Staff, text: str) -> Match:
    """Who a typed or scanned text means; at most ``SHOWN`` members. Reads only, links nobody."""
    text = " ".join(unicodedata.normalize("NFKC", text).replace("\0", "").split())
    if not text:
        return Match()
    found = _by_number(text) or _by_phone(text) or _by_channel_identity(text)
    if found:
        return Match(tuple(found), is_identity=True)
    return Match(tuple(_by_tail(staff, text)))


def holder_of_phone(phone: str) -> Member | None:
    """The open member with this E.164 number."""
    return _open().filter(phone_hash=sealing.blind_index(phone)).first()


def tags_of(member_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """The tag codes of each member; members without tags are left out."""
    found: dict[int, set[str]] = {}
    pairs = MemberTag.objects.filter(member__in=list(member_ids)).values_list("member_id", "tag__code")
    for member_id, code in pairs:
        found.setdefault(member_id, set()).add(code)
    return {member_id: frozenset(codes) for member_id, codes in found.items()}


def consents(member: Member) -> dict[str, bool]:
    """The latest word of a member on each purpose ever asked about."""
    events = member.consents.order_by("purpose", "-id").distinct("purpose")
    return {event.purpose: event.is_given for event in events}


def _open() -> QuerySet[Member]:
    return Member.objects.select_related("home_store").exclude(status=MemberStatus.CLOSED)


def _by_number(text: str) -> list[Member]:
    number = numbers.from_scan(text)
    return list(Member.objects.select_related("home_store").filter(number=number)) if number else []


def _by_phone(text: str) -> list[Member]:
    try:
        member = holder_of_phone(phones.normalise(text))
    except InvalidPhone:
        return []
    return [member] if member else []


def _by_channel_identity(text: str) -> list[Member]:
    bound = Identity.objects.filter(channel__in=Channel.objects.values("pk"), external_id=text)
    return list(_open().filter(pk__in=bound.values("member_id"))[:SHOWN])


def _by_tail(staff: Staff, text: str) -> list[Member]:
    if tail := _TAIL_THEN_NAME.fullmatch(text):
        last4, name = tail[1], tail[2]
    elif tail := _NAME_THEN_TAIL.fullmatch(text):
        name, last4 = tail[1], tail[2]
    else:
        return []
    seen = members_for(staff).select_related("home_store").filter(phone_last4=last4)
    if name:
        seen = seen.filter(name__icontains=name) if name.isascii() else seen.filter(name__startswith=name)
    return list(seen.order_by("-joined_at", "-id")[:SHOWN])


@dataclass(frozen=True, slots=True)
class Phones:
    """How many members a file would hold, and the checksum of who they are and what their phones are."""

    members: int
    fingerprint: str


def to_export(row: PhoneExport) -> QuerySet[Member]:
    """The members of an export whom its asker sees and who have a phone, by key."""
    seen = members_for(row.staff).filter(pk__in=row.member_ids, phone_sealed__isnull=False)
    return seen.select_related("home_store").order_by("pk")


def phones_of(row: PhoneExport) -> Phones:
    """The members and phones as they are now."""
    digest, count = hashlib.sha256(), 0
    for key, phone in to_export(row).values_list("pk", "phone_hash").iterator(chunk_size=10_000):
        digest.update(f"{key}:{bytes(phone or b'').hex()};".encode())
        count += 1
    return Phones(count, digest.hexdigest())
