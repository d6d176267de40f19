"""Freezing what an account may spend while a difference in it is looked into, and lifting that."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.audit import Actor
from apps.ledger.models import Freeze


@transaction.atomic
def freeze_accounts(account_ids: Collection[int], *, code: str, actor: Actor, at: datetime) -> int:
    """Freeze accounts that are not; ``code`` names the invariant they break. How many were frozen."""
    known = set(
        Freeze.objects.filter(account__in=account_ids, lifted_at=None).values_list("account_id", flat=True)
    )
    new = [Freeze(account_id=pk, code=code, frozen_at=at) for pk in sorted(set(account_ids) - known)]
    made = Freeze.objects.bulk_create(new, ignore_conflicts=True)
    for freeze in made:
        _record("ledger.freeze", freeze.account_id, actor, at, invariant=code)
    return len(made)


@transaction.atomic
def lift_freeze(*, freeze_id: int, note: str, actor: Actor, at: datetime) -> bool:
    """Let an account spend again; False when it may already."""
    frozen = Freeze.objects.filter(pk=freeze_id, lifted_at=None)
    if not frozen.update(lifted_at=at, lifted_by_id=actor.staff_id, note=note):
        return False
    freeze = Freeze.objects.get(pk=freeze_id)
    _record("ledger.lift_freeze", freeze.account_id, actor, at, invariant=freeze.code, note=note)
    return True


def _record(code: str, account_id: int, actor: Actor, at: datetime, **facts: str) -> None:
    data = {"account": account_id, **facts}
    audit.record(code, actor=actor, subject=("ledger.account", account_id), at=at, data=data)
