"""``manage.py bench``: each hot operation beside the least SQL that writes the same rows."""

import os
import platform
from argparse import ArgumentParser
from typing import Any

from django.db import connection
from django.utils.module_loading import autodiscover_modules

from apps.core import clock
from apps.core.bench import PAIRS, SWEEPS, WATCHED, Bound, Figure, measure, scratch
from apps.core.commands import Facts, ReportingCommand


class Command(ReportingCommand):
    help = "Measure hot operations and minimal SQL in turns on a scratch database; print the ratios."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, default=100_000)
        parser.add_argument("--clients", type=int, default=2)
        parser.add_argument("--seconds", type=float, default=4.0, help="length of one turn")
        parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
        parser.add_argument("--only", nargs="+", metavar="TEXT", help="pairs whose name contains it")

    def perform(self, members: int, only: list[str] | None, **options: Any) -> Facts:
        autodiscover_modules("bench")
        wanted = [p for p in PAIRS if not only or any(text in p.name for text in only)]
        turns = {name: options[name] for name in ("clients", "seconds", "rounds")}
        with scratch.database("laurel_bench"):
            self.note(f"{members:,} members, {members * scratch.LOTS_PER_MEMBER:,} lots …")
            scratch.populate(members)
            figures = []
            for pair in wanted:
                figures.append(measure(pair, members=members, **turns))
                self.note(_line(figures[-1]))
            bounds = []
            for each in WATCHED:
                if not only or any(text in each.name for text in only):
                    bounds += each.measure(options["clients"])
                    self.note("\n".join(map(_bound, bounds)))
            for sweep in SWEEPS:
                if not only or any(text in sweep.name for text in only):
                    figures.append(sweep.measure(options["clients"]))
                    self.note(_line(figures[-1]))
            version = _server_version()
        return {
            "at": clock.now().isoformat(timespec="seconds"),
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
            "postgresql": version,
            "members": members,
            **turns,
            "figures": [
                {**vars(f), "ratio": round(f.ratio, 3), "is_met": f.is_met, "unit": "operations/s"}
                for f in figures
            ],
            "bounds": [{**vars(bound), "is_met": bound.is_met} for bound in bounds],
        }

    def text(self, facts: Facts) -> str:
        head = f"{facts['machine']}, PostgreSQL {facts['postgresql']}, {facts['members']:,} members, "
        head += f"{facts['clients']} clients, medians of {facts['rounds']} turns"
        figures = (Figure(f["name"], f["ours"], f["limit"], f["goal"]) for f in facts["figures"])
        title = f"{'operation':<44} {'ours/s':>10} {'limit/s':>10} {'ratio':>6} {'goal':>6}"
        bounds = (Bound(b["name"], b["value"], b["unit"], b["most"]) for b in facts["bounds"])
        return "\n".join([head, title, *map(_line, figures), *map(_bound, bounds)])


def _line(figure: Figure) -> str:
    mark = "✓" if figure.is_met else "✗"
    rates = f"{figure.ours:>10,.0f} {figure.limit:>10,.0f}"
    return f"{figure.name:<44} {rates} {figure.ratio:>6.2f} {figure.goal:>6.2f} {mark}"


def _bound(bound: Bound) -> str:
    mark = "✓" if bound.is_met else "✗"
    goal = "" if bound.most is None else f"≤ {bound.most:,.2f} {mark}"
    return f"{bound.name:<52} {bound.value:>10,.2f} {bound.unit:<4} {goal}"


def _server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return cursor.fetchone()[0].split()[0]
