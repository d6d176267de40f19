"""Tags, and putting them on members or taking them off, many at a time."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.audit import Actor
from apps.members.models import MemberTag, Tag


@transaction.atomic
def create_tag(*, code: str, name: str, actor: Actor, at: datetime) -> Tag:
    """A new tag; the one that has the code where there is one."""
    tag, is_new = Tag.objects.get_or_create(code=code, defaults={"name": name})
    if is_new:
        audit.record("members.create_tag", actor=actor, subject=("tag", tag.pk), at=at, data={"tag": name})
    return tag


@transaction.atomic
def add_tag(*, member_ids: Iterable[int], tag_id: int, actor: Actor, at: datetime) -> int:
    """Put a tag on members; how many did not carry it before."""
    tag = Tag.objects.get(pk=tag_id)
    wanted = sorted(set(member_ids))
    had = MemberTag.objects.filter(tag=tag)
    before = set(had.filter(member__in=wanted).values_list("member_id", flat=True))
    new = [member_id for member_id in wanted if member_id not in before]
    MemberTag.objects.bulk_create(
        [MemberTag(member_id=member_id, tag=tag, at=at) for member_id in new], ignore_conflicts=True
    )
    _tell("members.add_tag", tag, new, actor, at)
    return len(new)


@transaction.atomic
def remove_tag(*, member_ids: Iterable[int], tag_id: int, actor: Actor, at: datetime) -> int:
    """Take a tag off members; how many carried it."""
    tag = Tag.objects.get(pk=tag_id)
    rows = MemberTag.objects.select_for_update().filter(tag=tag, member__in=list(member_ids))
    carried = sorted(rows.values_list("member_id", flat=True))
    MemberTag.objects.filter(tag=tag, member__in=carried).delete()
    _tell("members.remove_tag", tag, carried, actor, at)
    return len(carried)


def _tell(code: str, tag: Tag, member_ids: list[int], actor: Actor, at: datetime) -> None:
    for member_id in member_ids:
        audit.record(code, actor=actor, subject=("member", member_id), at=at, data={"tag": tag.name})
