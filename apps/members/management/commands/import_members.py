"""``import_members FILE.csv``: members from another system, upserted by ``member_ref``."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.audit import Actor
from apps.core.commands import Facts, ReportingCommand
from apps.core.csvfile import Rejects, open_rows, rejects_path
from apps.members.services import importing

NOTED = 100


class Command(ReportingCommand):
    help = "Import members from a CSV file (plain or .gz); running it again changes nothing."
    rejected = 0

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="CSV with a header row; member_ref is required")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument("--rejects", help="where rejected rows go (default: beside the file)")

    def perform(
        self, *, file: str, dry_run: bool = False, rejects: str | None = None, **options: Any
    ) -> Facts:
        act = importing.rehearse_import if dry_run else importing.import_members
        with (
            Rejects(rejects or _beside(file), self._note_reject) as refused,
            open_rows(file, required=importing.REQUIRED, known=importing.KNOWN, rejects=refused) as rows,
            self.progress(Path(file).name, rows.size) as progress,
        ):
            imported = act(
                rows=rows,
                rejects=refused,
                source=Path(file).name,
                progress=progress,
                actor=Actor("import_members"),
                at=clock.now(),
            )
        return {
            "read": imported.read,
            "created": imported.created,
            "updated": imported.updated,
            "unchanged": imported.unchanged,
            "rejected": imported.rejected,
            "rejects_file": str(refused.path) if refused.count else None,
            "unknown_columns": rows.unknown_columns,
            "dry_run": dry_run,
        }

    def text(self, facts: Facts) -> str:
        lines = [
            _("%(read)d rows read: %(created)d new, %(updated)d changed, %(unchanged)d unchanged") % facts
        ]
        if facts["rejected"]:
            lines.append(_("%(rejected)d rejected, see %(rejects_file)s") % facts)
        if facts["unknown_columns"]:
            names = {"columns": ", ".join(facts["unknown_columns"])}
            lines.append(_("kept as attributes: %(columns)s") % names)
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


def _beside(file: str) -> Path:
    beside = rejects_path(file)
    return beside if os.access(beside.parent, os.W_OK) else Path.cwd() / beside.name
