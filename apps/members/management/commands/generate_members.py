"""``generate_members N``: fill a trial database with members who don't exist."""

from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.db import connection

from apps.core import clock
from apps.core.commands import Facts, ReportingCommand
from apps.members.services.generating import generate_members


class Command(ReportingCommand):
    help = "Make N members who don't exist, for trials and measurements."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=int, metavar="N")

    def perform(self, *, count: int, **options: Any) -> Facts:
        started = perf_counter()
        with self.progress("members", count) as progress:
            made = generate_members(count=count, at=clock.now(), progress=progress)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE members_member, members_storelink, members_identity")
        seconds = perf_counter() - started
        return {"created": made, "seconds": round(seconds, 1), "per_second": round(made / seconds)}
