"""``manage.py pin_tier MEMBER_REF --programme CODE --level CODE --until DATE --reason TEXT [--json]``."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.audit import Actor
from apps.core.commands import BadInput, Facts, ReportingCommand
from apps.members.models import Member
from apps.tiers import refusals
from apps.tiers import services as tiers
from apps.tiers.errors import TiersError

COMMAND = Actor("pin_tier")


class Command(ReportingCommand):
    help = "Let a member hold a level at least through a day, whatever the growth."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("member", help="member reference or number")
        parser.add_argument("--programme", required=True, metavar="CODE", help="programme code")
        parser.add_argument("--level", required=True, metavar="CODE", help="level code")
        parser.add_argument("--until", required=True, metavar="DATE", help="last day, YYYY-MM-DD")
        parser.add_argument("--reason", required=True, help="why; kept with it")

    def perform(
        self, *, member: str, programme: str, level: str, until: str, reason: str, **options: Any
    ) -> Facts:
        found = Member.objects.filter(Q(member_ref=member) | Q(number=member)).first()
        if found is None:
            raise BadInput(_("no such member: %(member)s") % {"member": member})
        if not reason.strip():
            raise BadInput(_("--reason: say why"))
        ends = clock.day_end(_day(until))
        pin = tiers.Pin(found.pk, programme, level, ends, reason)
        try:
            row = tiers.entitle(pin=pin, actor=COMMAND, at=clock.now())
        except TiersError as error:
            raise BadInput(refusals.refusal(error)) from error
        return {"member": member, "programme": programme, "level": level, "until": until, "id": row.pk}

    def text(self, facts: Facts) -> str:
        return _("%(member)s holds %(level)s of %(programme)s through %(until)s.") % facts


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("--until: not a date (YYYY-MM-DD): %(text)s") % {"text": text}) from error
