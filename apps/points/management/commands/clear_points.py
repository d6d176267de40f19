"""``manage.py clear_points --as-of DATE [--dry-run] [--json] [--workers N]``.

Expires every lot whose deadline has passed at the start of DATE in the business zone. Workers are
processes of this same command that join the run (``--join RUN``); chunks are claimed, so they never meet.
"""

import subprocess
import sys
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.audit import Actor
from apps.core.commands import BadInput, CommandFailed, Facts, ReportingCommand
from apps.points import queries
from apps.points import services as points
from apps.points.errors import ClearingBusy, ClearingEnded, ClearingTooEarly
from apps.points.models import ClearingRun, RunState

COMMAND = Actor("clear_points")
NOTHING = {"accounts": 0, "lots": 0, "points": 0}


class Command(ReportingCommand):
    help = "Expire the points whose last day lies before a date."

    def add_options(self, parser: ArgumentParser) -> None:
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("--as-of", metavar="DATE", help="clear what is past at the start of this day")
        target.add_argument("--join", type=int, metavar="RUN", help="work at a run that is under way")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be cleared")
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default 1)")

    def perform(
        self, as_of: str | None, join: int | None, dry_run: bool, workers: int, **options: Any
    ) -> Facts:
        if join is not None:
            return {"run": join, "chunks": self._clear_chunks(join)}
        day = _day(as_of)
        run = self._plan(day, dry_run)
        facts = {"as_of": day.isoformat(), "dry_run": dry_run, **NOTHING, "run": run and run.pk}
        if run is None:
            return facts
        if dry_run or self._run(run.pk, workers):
            run.refresh_from_db()
            facts |= _told(run, dry_run)
        return facts

    def text(self, facts: Facts) -> str:
        if "chunks" in facts:
            return _("Cleared %(chunks)d chunks of run %(run)d.") % facts
        if facts["dry_run"]:
            return (
                _("As of %(as_of)s, %(points)d points in %(lots)d lots of %(accounts)d members are due.")
                % facts
            )
        return (
            _("As of %(as_of)s, %(points)d points in %(lots)d lots of %(accounts)d members were cleared.")
            % facts
        )

    def _plan(self, day: date, dry_run: bool) -> ClearingRun | None:
        try:
            return points.plan_clearing(as_of=day, actor=COMMAND, at=clock.now())
        except ClearingTooEarly as error:
            reason = _("%(as_of)s has not begun; the latest day that can be cleared is %(today)s")
            raise BadInput(reason % {"as_of": error.as_of, "today": error.today}) from error
        except ClearingBusy as busy:
            if dry_run:
                raise CommandFailed(_("Run %(run)d is under way.") % {"run": busy.run_id}) from busy
            self.note(_("Run %(run)d is under way; finishing it first.") % {"run": busy.run_id})
            self._work(busy.run_id)
            return self._plan(day, dry_run)

    def _run(self, run_id: int, workers: int) -> bool:
        """Clear a planned run; False when somebody else has done so since it was planned."""
        try:
            points.start_clearing(run_id=run_id, actor=COMMAND, at=clock.now())
        except ClearingEnded:
            return False
        join = [sys.executable, sys.argv[0], "clear_points", "--join", str(run_id)]
        others = [subprocess.Popen(join, stdout=subprocess.DEVNULL) for _other in range(max(workers, 1) - 1)]
        self._work(run_id)
        for other in others:
            other.wait()
        return True

    def _work(self, run_id: int) -> None:
        """Clear until the run is finished, waiting for chunks that others hold."""
        while True:
            self._clear_chunks(run_id)
            if points.finish_clearing(run_id=run_id, at=clock.now()):
                return
            run = ClearingRun.objects.get(pk=run_id)
            if run.state == RunState.STOPPED:
                raise CommandFailed(_("The run stopped: %(note)s") % {"note": run.note})
            if run.state == RunState.DONE:
                return
            time.sleep(0.1)

    def _clear_chunks(self, run_id: int) -> int:
        total, cleared = queries.progress(run_id).chunks, 0
        with self.progress(_("Clearing"), total=total) as show:
            while points.run_chunk(run_id=run_id, at=clock.now()):
                cleared += 1
                show(queries.progress(run_id).chunks_done)
        return cleared


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise BadInput(_("--as-of: not a date (YYYY-MM-DD): %(text)s") % {"text": text}) from error


def _told(run: ClearingRun, dry_run: bool) -> Facts:
    source = run.plan if dry_run else {name: getattr(run, name) for name in NOTHING}
    return {name: source[name] for name in NOTHING} | ({"examples": run.plan["examples"]} if dry_run else {})
