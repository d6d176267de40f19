"""Loading the demo, step by step, each finished by running it again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction

from apps.activity.demo import acts, history, names, rulebook
from apps.activity.errors import ActivityError
from apps.activity.services import importing
from apps.core import audit, clock
from apps.core.audit import Actor
from apps.core.csvfile import Rejects, Row
from apps.core.models import AuditEntry
from apps.core.relay import relay_outbox
from apps.members.models import Member
from apps.members.services import ensure_channels
from apps.members.services import importing as members
from apps.stores import roles
from apps.stores import services as stores
from apps.stores.models import Staff, Store

BEGUN, LOADED = "activity.begin_demo", "activity.load_demo"
CHANNEL = "pos"
Show = Callable[[str, int, int], None]  # what, done, of how many


class NotEmpty(ActivityError):
    """The database holds members that are not the demo's."""


@dataclass(frozen=True)
class Demo:
    """One load: who loads, where refused rows would go, until when, who watches."""

    actor: Actor
    at: datetime
    rejects: Path
    show: Show


class _MemberRows:
    """The members' rows as their import takes them."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self.columns = list(rows[0])
        self.unknown_columns = [name for name in self.columns if name not in members.KNOWN]
        self.position = 0

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        return ((number, list(row.values())) for number, row in enumerate(self._rows, 2))

    def row(self, cells: Sequence[str]) -> Row:
        return dict(zip(self.columns, cells, strict=True))


def is_missing() -> bool:
    """Whether this database is for the demo and lacks it: nothing in it, or a load that did not end."""
    return not is_loaded() and (_shift() is not None or not Member.objects.exists())


def is_loaded() -> bool:
    return AuditEntry.objects.filter(code=LOADED).exists()


def load(demo: Demo) -> dict[str, int]:
    """Fill an empty database with the shop, or finish doing so. Raises NotEmpty."""
    shift = _shift()
    if shift is None:
        if Member.objects.exists():
            raise NotEmpty
        shift = _begin(demo)
    facts = _import(demo, timedelta(weeks=shift))
    facts |= _open_till(demo)
    while relay_outbox(at=demo.at):
        pass
    _analyse()
    return facts


def _shift() -> int | None:
    return AuditEntry.objects.filter(code=BEGUN).values_list("data__weeks", flat=True).first()


@transaction.atomic
def _begin(demo: Demo) -> int:
    weeks = history.weeks_until(_local(demo.at))
    codes = history.stores_by_size()
    opened = demo.at - timedelta(days=400)
    for rank, code in enumerate(codes):
        city, name = names.store_place(rank)
        stores.create_store(code=code, name=name, city=city, actor=demo.actor, at=opened)
        demo.show("stores", rank + 1, len(codes))
    _hire(codes, demo)
    ensure_channels(names.CHANNELS, names.CHANNELS)
    rulebook.publish(actor=demo.actor, at=demo.at)
    rulebook.offer_plans(actor=demo.actor, at=demo.at)
    subject = ("demo", CHANNEL)
    audit.record(BEGUN, actor=demo.actor, subject=subject, at=demo.at, data={"weeks": weeks})
    return weeks


def _hire(codes: list[str], demo: Demo) -> None:
    near = list(Store.objects.filter(code__in=codes[:3]))
    home = next(store for store in near if store.code == codes[0])
    for username, (role, name, password) in names.LOGINS.items():
        scope = {
            "clerk": stores.Scope(home_store=home, stores=(home,)),
            "manager": stores.Scope(home_store=home, stores=tuple(near)),
        }.get(role, stores.Scope(sees_all_stores=True))
        account = stores.StaffAccount(username, password, role, display_name=name, scope=scope)
        staff = stores.create_staff(account=account, actor=demo.actor, at=demo.at)
        if roles.is_guarded(role):
            stores.enrol_demo_account(staff_id=staff.pk, at=demo.at)


def _import(demo: Demo, shift: timedelta) -> dict[str, int]:
    until = demo.at - acts.LASTING
    with Rejects(demo.rejects) as rejects:
        enrolled = members.import_members(
            rows=_MemberRows(history.members(shift, clock.business_day(demo.at))),
            rejects=rejects,
            source="demo",
            progress=lambda _done: None,
            actor=demo.actor,
            at=demo.at,
        )
        run = importing.Run(
            channel=CHANNEL,
            source="demo",
            rejects=rejects,
            actor=demo.actor,
            at=demo.at,
            progress=lambda done, total: demo.show("purchases", done, total),
            columns=history.COLUMNS,
        )
        bought = importing.import_purchases(_watched(history.purchase_rows(shift, _local(until)), demo), run)
    return {
        "members": enrolled.created + enrolled.unchanged,
        "purchases": bought.purchases,
        "points": bought.points,
        "rejected_rows": rejects.count,
    }


def _watched(rows: Iterable[tuple[int, Sequence[str]]], demo: Demo) -> Iterator[tuple[int, Sequence[str]]]:
    for number, cells in rows:
        if number % 10_000 == 0:
            demo.show("rows", number, history.ROWS)
        yield number, cells


@transaction.atomic
def _open_till(demo: Demo) -> dict[str, int]:
    """The acts of today and the mark that all is there, both or neither."""
    clerk = Staff.objects.get(username="clerk")
    facts = acts.act_at_till(clerk=clerk, at=demo.at)
    audit.record(LOADED, actor=demo.actor, subject=("demo", CHANNEL), at=demo.at, data=facts)
    return facts


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _local(at: datetime) -> datetime:
    return at.astimezone(clock.zone()).replace(tzinfo=None)
