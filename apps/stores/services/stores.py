"""Stores: opened, renamed, closed. A code is for ever."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core import audit
from apps.core.audit import Actor
from apps.stores.errors import StoreCodeTaken
from apps.stores.models import Store
from apps.stores.services.changes import assign, told


@transaction.atomic
def create_store(*, code: str, name: str = "", city: str = "", actor: Actor, at: datetime) -> Store:
    """Open a store. Raises StoreCodeTaken."""
    try:
        with transaction.atomic():
            store = Store.objects.create(code=code, name=name, city=city)
    except IntegrityError as error:
        raise StoreCodeTaken(code) from error
    audit.record(
        "stores.create_store",
        actor=actor,
        subject=("store", store.pk),
        at=at,
        data={"code": code, "name": name},
    )
    return store


@transaction.atomic
def change_store(*, store_id: int, name: str, city: str, is_open: bool, actor: Actor, at: datetime) -> Store:
    """Rename, move, open or close a store; its code stays."""
    store = Store.objects.select_for_update().get(pk=store_id)
    changes = assign(store, name=name, city=city, is_open=is_open)
    if changes:
        store.save(update_fields=list(changes))
        audit.record(
            "stores.change_store",
            actor=actor,
            subject=("store", store.pk),
            at=at,
            data={"code": store.code, **told(changes)},
        )
    return store


def ensure_stores(codes: Iterable[str]) -> dict[str, int]:
    """The ids of these store codes; unknown ones, met by an import, are created. Two statements."""
    wanted = sorted(set(codes))
    known = dict(Store.objects.filter(code__in=wanted).values_list("code", "pk"))
    if len(known) < len(wanted):
        missing = [Store(code=code) for code in wanted if code not in known]
        Store.objects.bulk_create(missing, ignore_conflicts=True)
        known = dict(Store.objects.filter(code__in=wanted).values_list("code", "pk"))
    return known
