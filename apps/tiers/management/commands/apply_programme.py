"""``manage.py apply_programme FILE.json [--publish-at ISO] [--dry-run] [--json]``: as its file says."""

import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.audit import Actor
from apps.core.commands import BadInput, Facts, ReportingCommand
from apps.tiers import refusals
from apps.tiers import services as tiers
from apps.tiers.errors import StartsTooEarly
from apps.tiers.rules import Unreadable

COMMAND = Actor("apply_programme")


class Command(ReportingCommand):
    help = "Create or change a membership programme as a JSON file says, and publish it."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="JSON file of one programme, as export_programme prints it")
        parser.add_argument(
            "--publish-at",
            metavar="ISO",
            help="when it begins (default: now, a new one's history with each member's joining)",
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, change nothing")

    def perform(
        self, *, file: str, publish_at: str | None = None, dry_run: bool = False, **options: Any
    ) -> Facts:
        definition, starts_at = _read(file), _instant(publish_at)
        try:
            with transaction.atomic():
                applied = tiers.apply_programme(
                    definition=definition, actor=COMMAND, at=clock.now(), starts_at=starts_at
                )
                facts = _facts(applied) | {"dry_run": dry_run}
                transaction.set_rollback(dry_run)
        except Unreadable as error:
            raise BadInput(f"{file}: {refusals.fault(error)}") from error
        except StartsTooEarly as error:
            raise BadInput(f"--publish-at: {refusals.refusal(error)}") from error
        if dry_run:
            return facts
        return facts | self._book_past(applied)

    def text(self, facts: Facts) -> str:
        words = {
            "created": _("Programme %(programme)s was created: version %(version)d from %(starts_at)s."),
            "changed": _("Programme %(programme)s was changed: version %(version)d from %(starts_at)s."),
            "unchanged": _(
                "Programme %(programme)s says so already: version %(version)d from %(starts_at)s."
            ),
        }
        lines = [words[facts["outcome"]] % facts]
        if facts.get("credits"):
            lines.append(_("%(growth)d growth of %(credits)d past activities was booked.") % facts)
        if facts["dry_run"]:
            lines.append(_("dry run: nothing was changed"))
        return "\n".join(lines)

    def _book_past(self, applied: tiers.Applied) -> Facts:
        """Book what is left of the past; other workers may be at it, too."""
        programme = applied.programme
        total, done, growth = programme.backfill.chunks.count(), 0, 0
        credits = 0
        with self.progress(_("Growth of the past"), total=total) as show:
            while found := tiers.run_backfill_chunk(programme_id=programme.pk, at=clock.now()):
                done, credits, growth = done + 1, credits + found.credits, growth + found.growth
                show(done)
        tiers.finish_backfill(programme_id=programme.pk, at=clock.now())
        return {"credits": credits, "growth": growth}


def _read(file: str) -> Any:
    try:
        return json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(_("%(file)s: not UTF-8") % {"file": file}) from error
    except json.JSONDecodeError as error:
        facts = {"file": file, "line": error.lineno, "column": error.colno, "reason": error.msg}
        raise BadInput(
            _("%(file)s: not JSON, line %(line)d, column %(column)d: %(reason)s") % facts
        ) from error


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("--publish-at: not an instant (ISO 8601): %(text)s") % {"text": text}) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=clock.zone())


def _facts(applied: tiers.Applied) -> dict[str, Any]:
    starts_at = applied.version.starts_at.astimezone(clock.zone())
    return {
        "programme": applied.programme.code,
        "outcome": applied.outcome,
        "version": applied.version.number,
        "starts_at": starts_at.isoformat(timespec="seconds"),
        "past_activities": applied.programme.backfill.activities,
    }
