"""``manage.py statement MEMBER_REF [--asset points] [--as-of DATE] [--json]``: entries with their proof."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.commands import BadInput, Facts, ReportingCommand
from apps.ledger import queries
from apps.ledger.models import Asset, Entry, Lot
from apps.members.models import Member


class Command(ReportingCommand):
    help = "A member's entries with balance after, lots and explanation, oldest first."

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("member_ref", help="source reference or member number")
        parser.add_argument("--asset", default="points")
        parser.add_argument("--as-of", type=date.fromisoformat, help="business day, YYYY-MM-DD, at its close")

    def perform(self, member_ref: str, asset: str, as_of: date | None = None, **options: Any) -> Facts:
        member = _member(member_ref)
        if not Asset.objects.filter(code=asset).exists():
            raise BadInput(_("no such asset: %(code)s") % {"code": asset})
        until = clock.day_end(as_of) if as_of else None
        entries = [_entry(e) for e in reversed(queries.statement(member.pk, asset, before=until))]
        return {
            "member_ref": member.member_ref or member.number,
            "asset": asset,
            "as_of": as_of,
            "balance": queries.balance(member.pk, asset, before=until),
            "entries": entries,
        }

    def text(self, facts: Facts) -> str:
        line = "{at:%Y-%m-%d %H:%M}  {kind:<8} {amount:>+10,}  {balance_after:>12,}  {source}"
        rows = [line.format(**entry) for entry in facts["entries"]]
        return "\n".join([*rows, f"{facts['member_ref']} {facts['asset']}: {facts['balance']:,}"])


def _member(reference: str) -> Member:
    found = Member.objects.filter(Q(member_ref=reference) | Q(number=reference)).first()
    if found is None:
        raise BadInput(_("no member with reference or number %(reference)s") % {"reference": reference})
    return found


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "at": entry.at.astimezone(clock.zone()),
        "kind": entry.kind,
        "amount": entry.amount,
        "balance_after": entry.balance_after,
        "source": entry.source or "",
        "store": entry.store.code if entry.store else None,
        "staff": entry.staff.get_username() if entry.staff else None,
        "reverses": entry.reverses_id,
        "explanation": entry.explanation,
        "lots": [_lot(lot) for lot in entry.lots.all()],
        "allocations": [{"lot": a.lot_id, "amount": a.amount} for a in entry.allocations.all()],
    }


def _lot(lot: Lot) -> dict[str, Any]:
    return {
        "id": lot.pk,
        "granted": lot.granted,
        "remaining": lot.remaining,
        "available_on": lot.available_on,
        "expires_on": lot.expires_on,
    }
