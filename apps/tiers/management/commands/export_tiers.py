"""``manage.py export_tiers --programme CODE [--as-of DATE]``: CSV of everybody's tier on stdout."""

import csv
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand

from apps.core import clock
from apps.tiers import queries
from apps.tiers.errors import UnknownProgramme


class Command(BaseCommand):
    help = "Everybody's tier as CSV: now, or at the start of a business day, as assess_tiers judges it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--programme", required=True, help="programme code")
        parser.add_argument("--as-of", type=date.fromisoformat, help="business day, YYYY-MM-DD, at its start")

    def handle(self, *args: Any, programme: str, as_of: date | None = None, **options: Any) -> None:
        try:
            live = queries.live_programme(programme)
        except UnknownProgramme:
            self.stderr.write(f"no such programme: {programme}")
            raise SystemExit(2) from None
        at = clock.day_start(as_of) if as_of else clock.now()
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["member_ref", "tier", "growth", "since", "until"])
        for row in queries.tiers_at(live, at):
            writer.writerow([row.member_ref, row.tier, row.growth, _iso(row.since), _iso(row.until)])


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(clock.zone()).isoformat(timespec="seconds") if moment else ""
