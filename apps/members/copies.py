"""This app's own tables of an access copy."""

from collections.abc import Iterator
from typing import Any

from apps.members.desk import Section, sections
from apps.members.models import ConsentEvent, Identity, MemberTag, Reveal, StoreLink


def identities_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in Identity.objects.filter(member_id=member_id).select_related("channel").order_by("pk"):
        yield row.channel, row.external_id, row.bound_at


def consents_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in ConsentEvent.objects.filter(member_id=member_id).order_by("pk"):
        yield row.at, row.purpose, "given" if row.is_given else "not given", row.policy_version


def tags_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in MemberTag.objects.filter(member_id=member_id).select_related("tag").order_by("pk"):
        yield row.tag.name, row.at


def stores_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in StoreLink.objects.filter(member_id=member_id).select_related("store").order_by("pk"):
        yield row.store, row.how, row.at


def reveals_of(member_id: int) -> Iterator[tuple[Any, ...]]:
    for row in Reveal.objects.filter(member_id=member_id).order_by("pk"):
        yield row.at, row.field, row.reason


def register() -> None:
    sections.register(Section("identities", ("channel", "identity", "bound"), identities_of, order=10))
    sections.register(
        Section("consents", ("at", "purpose", "answer", "policy version"), consents_of, order=11)
    )
    sections.register(Section("tags", ("tag", "since"), tags_of, order=12))
    sections.register(Section("stores", ("store", "how", "since"), stores_of, order=13))
    sections.register(Section("reveals", ("at", "field", "reason"), reveals_of, order=14))
