"""Channels, made when first met, and the identities members have in them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core import audit
from apps.core.audit import Actor
from apps.members.errors import IdentityNotFound, IdentityTaken
from apps.members.models import Channel, Identity
from apps.members.services.locking import broke, locked_open


def ensure_channel(code: str) -> int:
    """The id of a channel, created when it is new."""
    return ensure_channels([code])[code]


def ensure_channels(codes: Iterable[str], names: Mapping[str, str] | None = None) -> dict[str, int]:
    """The ids of these channel codes; unknown ones are created, under ``names`` or their codes. At most three
    statements."""
    wanted, told = sorted(set(codes)), names or {}
    known = _known(wanted)
    missing = [Channel(code=code, name=told.get(code, code)) for code in wanted if code not in known]
    if missing:
        Channel.objects.bulk_create(missing, ignore_conflicts=True)
        known = _known(wanted)
    return known


@transaction.atomic
def bind_identity(
    *, member_id: int, channel_code: str, external_id: str, actor: Actor, at: datetime
) -> Identity:
    """Give a member an identity in a channel; again for the same member changes nothing.

    Raises IdentityTaken, MemberNotFound, MemberNotActive.
    """
    member = locked_open(member_id)
    channel_id = ensure_channel(channel_code)
    known = Identity.objects.filter(channel=channel_id, external_id=external_id).first()
    if known is None:
        known = _insert(member.pk, channel_id, channel_code, external_id, at)
        audit.record(
            "members.bind_identity",
            actor=actor,
            subject=("member", member.pk),
            at=at,
            data={"channel": channel_code},
        )
    if known.member_id != member.pk:
        raise IdentityTaken(channel_code)
    return known


@transaction.atomic
def release_identity(
    *, member_id: int, channel_code: str, external_id: str, actor: Actor, at: datetime
) -> None:
    """Take an identity in a channel off a member; it may then be another's.

    Raises IdentityNotFound, MemberNotFound, MemberNotActive.
    """
    member = locked_open(member_id)
    known = Identity.objects.filter(member=member, channel__code=channel_code, external_id=external_id)
    if not known.delete()[0]:
        raise IdentityNotFound(channel_code)
    subject, data = ("member", member.pk), {"channel": channel_code}
    audit.record("members.release_identity", actor=actor, subject=subject, at=at, data=data)


def _insert(member_id: int, channel_id: int, channel_code: str, external_id: str, at: datetime) -> Identity:
    try:
        with transaction.atomic():
            return Identity.objects.create(
                member_id=member_id, channel_id=channel_id, external_id=external_id, bound_at=at
            )
    except IntegrityError as error:
        if broke(error, "members_identity_once"):
            raise IdentityTaken(channel_code) from error
        raise


def _known(codes: list[str]) -> dict[str, int]:
    return dict(Channel.objects.filter(code__in=codes).values_list("code", "pk"))
