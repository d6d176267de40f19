"""``manage.py storm``: many processes, few members, random kills; exit 1 if anything was lost or doubled."""

import json
import os
import platform
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from apps.activity.storm.rehearsal import HOT_WRITERS, Plan, Report, storm
from apps.core.commands import CommandFailed, Facts, ReportingCommand

EVIDENCE = Path("docs/evidence")


class Command(ReportingCommand):
    help = "Hammer few members from many processes that are killed; in a scratch database of its own."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=60)
        parser.add_argument("--processes", type=int, default=8)
        parser.add_argument("--members", type=int, default=6)
        parser.add_argument("--seed", type=int, default=int(datetime.now(UTC).timestamp()))
        parser.add_argument("--kill-every", type=float, default=1.0, help="seconds; 0 kills nobody")
        parser.add_argument("--hot-seconds", type=float, default=15, help="one member, 16 writers; 0: skip")
        parser.add_argument("--evidence", type=Path, default=EVIDENCE, help="folder for storm.json and .md")

    def perform(self, **options: Any) -> Facts:
        reports = {"storm": storm(self._plan(options))}
        if options["hot_seconds"]:
            self.note(_("One member, %(writers)d writers…") % {"writers": HOT_WRITERS})
            seconds, seed = options["hot_seconds"], options["seed"]
            reports["hot member"] = storm(Plan(seconds, HOT_WRITERS, 1, 0, seed, hot=True))
        facts = {
            "seed": options["seed"],
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": _machine(),
            **{name: _told(report) for name, report in reports.items()},
        }
        self._keep(facts, options["evidence"])
        if not all(report.clean for report in reports.values()):
            raise CommandFailed(_("The storm broke something."), facts=facts)
        return facts

    def text(self, facts: Facts) -> str:
        return _table(facts)

    def _plan(self, options: Facts) -> Plan:
        names = ("seconds", "processes", "members", "kill_every", "seed")
        plan = Plan(**{name: options[name] for name in names})
        self.note(_("Seed %(seed)d, %(seconds)d s…") % {"seed": plan.seed, "seconds": plan.seconds})
        return plan

    def _keep(self, facts: Facts, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "storm.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
        (folder / "storm.md").write_text(f"# Storm\n\n{_table(facts)}\n")


def _machine() -> dict[str, Any]:
    load = [round(x, 1) for x in os.getloadavg()]
    return {"cores": os.cpu_count(), "system": platform.system(), **_server(), "load": load}


def _server() -> dict[str, str]:
    """What decides whether an answered commit survives."""
    settings = {"postgresql": "server_version", "synchronous commit": "synchronous_commit", "fsync": "fsync"}
    with connection.cursor() as cursor:
        sql = "SELECT current_setting(name) FROM unnest(%s::text[]) AS name"
        cursor.execute(sql, [list(settings.values())])
        return dict(zip(settings, (value for (value,) in cursor.fetchall()), strict=True))


def _told(report: Report) -> dict[str, Any]:
    return {
        "plan": asdict(report.plan),
        "kills": asdict(report.kills),
        "acts_per_second": report.per_second,
        **report.verdict.facts(),
        "clean": report.clean,
    }


ROWS = ("acts", "acts_per_second", "unanswered", "lost", "doubled", "contradicted", "violations")
KILLS = {"processes": "processes killed", "connections": "connections cut", "crashed": "crashed"}
TIMES = ("p50_ms", "p99_ms", "worst_ms")


def _table(facts: Facts) -> str:
    runs = {name: told for name, told in facts.items() if isinstance(told, dict) and "plan" in told}
    rows = [["", *runs], ["---", *["---:" for _run in runs]]]
    for row in ("seconds", "processes", "members"):
        rows.append([row, *[f"{told['plan'][row]:g}" for told in runs.values()]])
    for row, label in (
        ("processes", "processes killed"),
        ("connections", "connections cut"),
        ("crashed", "crashed"),
    ):
        rows.append([label, *[str(told["kills"][row]) for told in runs.values()]])
    for row in (*ROWS, *TIMES):
        rows.append([row.replace("_", " "), *[_cell(told[row]) for told in runs.values()]])
    for row in ("outcomes", "kinds", "refusals", "errors"):
        rows.append([row, *[_cell(told[row]) for told in runs.values()]])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    machine = ", ".join(f"{name} {value}" for name, value in facts["machine"].items())
    return f"Seed {facts['seed']}, {facts['at']}; {machine}.\n\n{table}"


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return str(len(value)) if len(value) < 1 else f"{len(value)}: {', '.join(map(str, value[:5]))}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in sorted(value.items())) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
