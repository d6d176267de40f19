"""``manage.py assess_tiers --as-of DATE [--programme CODE] [--dry-run] [--json]``.

Judges every member as of the start of DATE in the business zone. Running it again changes nothing; a run that
was cut short is gone on with.
"""

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.audit import Actor
from apps.core.commands import BadInput, CommandFailed, Facts, ReportingCommand
from apps.tiers import queries, refusals
from apps.tiers import services as tiers
from apps.tiers.errors import (
    AssessedSince,
    AssessmentBusy,
    AssessmentEnded,
    AssessmentTooEarly,
    PastPending,
    TiersError,
    UnknownProgramme,
)
from apps.tiers.models import AssessmentRun, RunState

COMMAND = Actor("assess_tiers")
COUNTS = ("up", "down", "stays", "warned", "relieved", "moved", "later", "not_yet", "deducted")


class Command(ReportingCommand):
    help = "Assess members' tiers as of the start of a business day."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", required=True, metavar="DATE", help="judge at the start of this day")
        parser.add_argument("--programme", metavar="CODE", help="one programme (default: all published)")
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen")

    def perform(
        self, *, as_of: str, programme: str | None = None, dry_run: bool = False, **options: Any
    ) -> Facts:
        day = _day(as_of)
        try:
            chosen = [queries.live_programme(programme)] if programme else queries.live_programmes()
            runs = [self._assess(each.code, day, dry_run) for each in chosen]
        except (AssessmentTooEarly, AssessedSince, UnknownProgramme) as error:
            raise BadInput(refusals.refusal(error)) from error
        except TiersError as error:
            raise CommandFailed(refusals.refusal(error)) from error
        return {
            "as_of": day.isoformat(),
            "dry_run": dry_run,
            "programmes": [_told(run, dry_run) for run in runs],
        }

    def text(self, facts: Facts) -> str:
        if not facts["programmes"]:
            return _("No programme is published.")
        said = _("%(programme)s as of %(as_of)s: %(up)d up, %(down)d down, %(stays)d stay, %(levels)s")
        lines = []
        for told in facts["programmes"]:
            levels = ", ".join(f"{code} {number}" for code, number in told["levels"].items())
            lines.append(said % {**told, "as_of": facts["as_of"], "levels": levels})
        if facts["dry_run"]:
            lines.append(_("dry run: nothing was changed"))
        return "\n".join(lines)

    def _assess(self, code: str, day: date, dry_run: bool) -> AssessmentRun:
        run = self._plan(code, day)
        if dry_run or run.state == RunState.DONE:
            return run
        if run.state == RunState.PLANNED:
            try:
                tiers.start_assessment(run_id=run.pk, actor=COMMAND, at=clock.now())
            except AssessmentEnded:
                self.note(_("Somebody else started this assessment."))
        return self._work(run)

    def _plan(self, code: str, day: date) -> AssessmentRun:
        """The run of that day, whatever is in its way brought to its end first."""
        while True:
            try:
                return tiers.plan_assessment(code=code, as_of=day, actor=COMMAND, at=clock.now())
            except PastPending:
                self._book_past(code)
            except AssessmentBusy as busy:
                self.note(_("Assessment %(run)d is under way; finishing it first.") % {"run": busy.run_id})
                self._work(AssessmentRun.objects.get(pk=busy.run_id))

    def _book_past(self, code: str) -> None:
        programme = queries.live_programme(code)
        while tiers.run_backfill_chunk(programme_id=programme.id, at=clock.now()):
            continue
        while not tiers.finish_backfill(programme_id=programme.id, at=clock.now()):
            time.sleep(0.2)  # others hold the last ranges

    def _work(self, run: AssessmentRun) -> AssessmentRun:
        """Assess until the run is finished, waiting for chunks that others hold."""
        total, done = run.chunks.count(), 0
        with self.progress(_("Assessing"), total=total) as show:
            while True:
                while tiers.run_assessment_chunk(run_id=run.pk, at=clock.now()) is not None:
                    done += 1
                    show(done)
                tiers.finish_assessment(run_id=run.pk, at=clock.now())
                run.refresh_from_db()
                if run.state == RunState.STOPPED:
                    raise CommandFailed(_("The run stopped: %(note)s") % {"note": run.note})
                if run.state == RunState.DONE:
                    return run
                time.sleep(0.2)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("--as-of: not a date (YYYY-MM-DD): %(text)s") % {"text": text}) from error


def _told(run: AssessmentRun, dry_run: bool) -> dict[str, Any]:
    is_done = run.state == RunState.DONE
    counts = run.result if is_done else run.plan
    levels = {name[6:]: number for name, number in counts.items() if name.startswith("level:")}
    told = {"programme": run.programme.code, "run": run.pk, "state": run.state}
    told |= {name: counts.get(name, 0) for name in COUNTS}
    return told | {"members": sum(levels.values()), "levels": levels}
