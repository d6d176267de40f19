"""``load_demo``: a shop with a year of real purchases, for looking around."""

import tempfile
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from apps.activity.demo import loading
from apps.core import clock, demo
from apps.core.audit import Actor
from apps.core.commands import CommandFailed, Facts, ReportingCommand

PARTS = {"stores": (0, 30), "rows": (30, 150), "purchases": (150, 1000)}  # thousandths of the bar


class Command(ReportingCommand):
    help = "Fill an empty database with a living shop: real purchases, moved to end today."

    def perform(self, **options: Any) -> Facts:
        if loading.is_loaded():
            return {"loaded": False, "already_loaded": True}
        with self.progress(_("Demo shop"), 1000) as bar, tempfile.TemporaryDirectory() as folder:
            load = loading.Demo(
                actor=Actor("load_demo"),
                at=clock.now(),
                rejects=Path(folder) / "rejected.csv",
                show=lambda part, done, total: bar(_place(part, done, total)),
            )
            try:
                facts = loading.load(load)
            except loading.NotEmpty as error:
                raise CommandFailed(
                    _("this database holds real members: the demo is for an empty one")
                ) from error
        return {"loaded": True, "already_loaded": False, **facts}

    def text(self, facts: Facts) -> str:
        if facts["already_loaded"]:
            return _("the demo is loaded already")
        told = _("%(members)d members, %(purchases)d purchases, %(points)d points") % facts
        accounts = [f"{login.username} / {login.password}" for login in demo.logins()]
        return "\n".join([told, _("sign in as: %(accounts)s") % {"accounts": ", ".join(accounts)}])


def _place(part: str, done: int, total: int) -> int:
    first, last = PARTS[part]
    return first + (last - first) * min(done, total) // max(total, 1)
