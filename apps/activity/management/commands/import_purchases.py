"""``import_purchases FILE.csv --channel CODE``: another system's purchases, each once for ever."""

import os
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from apps.activity.services import importing
from apps.core import clock
from apps.core.audit import Actor
from apps.core.commands import BadInput, Facts, ReportingCommand
from apps.core.csvfile import Rejects, open_rows, rejects_path

NOTED = 100
READING, WHOLE = 200, 1000  # thousandths of the bar


class Command(ReportingCommand):
    help = "Import purchases from a CSV file (plain or .gz); running it again changes nothing."
    rejected = 0

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", help="CSV with a header row; rows that share external_id are one purchase"
        )
        parser.add_argument("--channel", required=True, help="code of the channel the purchases come from")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would happen, change nothing (some members' accounts are locked at a time)",
        )
        parser.add_argument("--rejects", help="where rejected rows go (default: beside the file)")

    def perform(
        self, *, file: str, channel: str, dry_run: bool = False, rejects: str | None = None, **options: Any
    ) -> Facts:
        if not channel or len(channel) > 40 or not channel.isprintable():
            raise BadInput(_("--channel must have 1 to 40 printable characters"))
        act = importing.rehearse_import if dry_run else importing.import_purchases
        with (
            Rejects(rejects or _beside(file), self._note_reject) as refused,
            open_rows(file, required=importing.REQUIRED, known=importing.KNOWN, rejects=refused) as rows,
            self.progress(Path(file).name, WHOLE) as show,
        ):
            run = importing.Run(
                channel=channel,
                source=Path(file).name,
                rejects=refused,
                actor=Actor("import_purchases"),
                at=clock.now(),
                progress=lambda done, total: show(READING + (WHOLE - READING) * done // total),
                columns=rows.columns,
            )
            imported = act(_watched(rows, show), run)
        return {
            **asdict(imported),
            "rejects_file": str(refused.path) if refused.count else None,
            "unknown_columns": rows.unknown_columns,
            "dry_run": dry_run,
        }

    def text(self, facts: Facts) -> str:
        lines = [
            _("%(read_rows)d rows read: %(purchases)d purchases, %(refunds)d refunds") % facts,
            _("%(recorded)d recorded, %(replayed)d known already, %(points)d points awarded") % facts,
        ]
        if facts["rejected_rows"]:
            lines.append(_("%(rejected_rows)d rows rejected, see %(rejects_file)s") % facts)
        if facts["unknown_columns"]:
            names = {"columns": ", ".join(facts["unknown_columns"])}
            lines.append(_("columns not used: %(columns)s") % names)
        if facts["dry_run"]:
            lines.append(_("dry run: nothing was changed"))
        return "\n".join(lines)

    def _note_reject(self, row: int, column: str, reason: str) -> None:
        self.rejected += 1
        if self.rejected <= NOTED:
            place = {"row": row, "column": column or "–", "reason": reason}
            self.note(_("row %(row)d, column %(column)s: %(reason)s") % place)
        elif self.rejected == NOTED + 1:
            self.note(_("… further rejected rows are in the file alone"))


def _watched(rows, show):
    for number, cells in rows.cells():
        if number % 5000 == 0:
            show(READING * rows.position // max(rows.size, 1))
        yield number, cells


def _beside(file: str) -> Path:
    beside = rejects_path(file)
    return beside if os.access(beside.parent, os.W_OK) else Path.cwd() / beside.name
