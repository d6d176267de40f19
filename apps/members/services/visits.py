"""Showing an identity at a store: the customer is found, and visible to that store from then on."""

from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.audit import Actor
from apps.members import queries
from apps.members.models import Member, StoreLink
from apps.stores.models import Staff, Store


@transaction.atomic
def find(staff: Staff, text: str, store: Store | None, *, at: datetime) -> list[Member]:
    """Who a typed or scanned text means, see ``queries.match``.

    A full identity that names one person links that member to the store where it was shown.
    """
    match = queries.match(staff, text)
    if store is not None and match.is_identity and len(match.members) == 1:
        actor = Actor(str(staff), staff_id=staff.pk, store_id=store.pk)
        present(member_id=match.members[0].pk, store_id=store.pk, actor=actor, at=at)
    return list(match.members)


@transaction.atomic
def present(*, member_id: int, store_id: int, actor: Actor, at: datetime) -> bool:
    """Link a member to a store where an identity was shown; true when the store is new to the member."""
    if not link(member_id, store_id, StoreLink.How.PRESENTED, at):
        return False
    audit.record(
        "members.present", actor=actor, subject=("member", member_id), at=at, data={"store": store_id}
    )
    return True


def link(member_id: int, store_id: int, how: str, at: datetime) -> bool:
    """Insert a store link unless there is one; whether it was new."""
    if StoreLink.objects.filter(member=member_id, store=store_id).exists():
        return False
    row = StoreLink(member_id=member_id, store_id=store_id, how=how, at=at)
    StoreLink.objects.bulk_create([row], ignore_conflicts=True)
    return True
