"""``manage.py check_ledger [--json]``: every invariant; exit 1 and the offenders if one fails."""

import time
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from apps.core import invariants
from apps.core.commands import BadInput, CommandFailed, Facts, ReportingCommand


class Command(ReportingCommand):
    help = "Check every invariant; exit 1 and show the offending rows if one fails."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", nargs="+", metavar="CODE", help="check these invariants alone")

    def perform(self, only: list[str] | None = None, **options: Any) -> Facts:
        codes = only or sorted(invariants.REGISTRY)
        unknown = [code for code in codes if code not in invariants.REGISTRY]
        if unknown:
            raise BadInput(_("no such invariant: %(codes)s") % {"codes": ", ".join(unknown)})
        violations = []
        for code in codes:
            began = time.monotonic()
            violations += invariants.check([code])
            self.note(f"{code}: {time.monotonic() - began:.2f} s")
        facts = {"ok": not violations, "checked": codes, "violations": [vars(v) for v in violations]}
        if violations:
            broken = ", ".join(v.code for v in violations)
            raise CommandFailed(_("violated: %(codes)s") % {"codes": broken}, facts=facts)
        return facts

    def text(self, facts: Facts) -> str:
        lines = [_("%(count)d invariants checked.") % {"count": len(facts["checked"])}]
        for violation in facts["violations"]:
            lines.append(f"{violation['code']}: {violation['title']}")
            lines += [f"  {row}" for row in violation["rows"]]
        return "\n".join(lines + ([_("All hold.")] if facts["ok"] else []))
