"""``bench_members``: how long the counter waits for a member, on the members this database holds."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from apps.core import clock
from apps.core.audit import Actor
from apps.core.commands import BadInput, Facts, ReportingCommand
from apps.members import timings
from apps.members.models import Member, StoreLink
from apps.stores import roles
from apps.stores import services as stores
from apps.stores.models import Staff, Store

PASSWORD = "bench-members-only-1"
ACTOR = Actor("bench_members")


class Command(ReportingCommand):
    help = "Time looking members up and the members' pages; fill a trial database by generate_members first."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=50, help="members per kind of lookup")

    def perform(self, *, runs: int, **options: Any) -> Facts:
        link = StoreLink.objects.order_by("pk").select_related("store").first()
        if link is None:
            raise BadInput("no member has a store: run generate_members first")
        with transaction.atomic():
            clerk, boss = _staff(link.store)
            found = [
                *self._told("clerk", timings.time_lookups(clerk, link.store, runs=runs, at=clock.now())),
                *self._told("brand", timings.time_lookups(boss, link.store, runs=runs, at=clock.now())),
                *self._told("pages", timings.time_pages(boss, runs=max(5, runs // 5))),
            ]
            transaction.set_rollback(True)
        return {"members": Member.objects.count(), "timings": found}

    def text(self, facts: Facts) -> str:
        head = f"{facts['members']:,} members, server time in ms"
        return "\n".join([head, *map(_line, facts["timings"])])

    def _told(self, who: str, found: Any) -> list[dict[str, Any]]:
        told = []
        for timing in found:
            rounded = {name: round(getattr(timing, name), 1) for name in ("median", "p95", "worst")}
            told.append({"as": who, **vars(timing), **rounded, "is_met": timing.median <= timing.goal})
            self.note(_line(told[-1]))
        return told


def _staff(store: Store) -> tuple[Staff, Staff]:
    """A clerk of one store and somebody who sees the whole brand, gone when the measuring ends."""
    at = clock.now()
    clerk = stores.StaffAccount("bench-clerk", PASSWORD, roles.CLERK, scope=stores.Scope(home_store=store))
    boss = stores.StaffAccount(
        "bench-boss", PASSWORD, roles.ADMINISTRATOR, scope=stores.Scope(sees_all_stores=True)
    )
    return tuple(stores.create_staff(account=account, actor=ACTOR, at=at) for account in (clerk, boss))


def _line(timing: dict[str, Any]) -> str:
    name = f"{timing['as']}: {timing['name']}"
    mark = "✓" if timing["is_met"] else "✗"
    return f"{name:<34} median {timing['median']:>7} p95 {timing['p95']:>7} goal {timing['goal']:>4} {mark}"
