"""``manage.py export_balances --asset points [--as-of DATE]``: CSV ``member_ref,balance`` on stdout."""

import csv
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from apps.ledger import queries
from apps.ledger.models import Asset


class Command(BaseCommand):
    help = "Balances of every account as CSV, now or at the close of a past business day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        codes = ["points", "growth", "balance_principal", "balance_gift"]
        parser.add_argument("--asset", default="points", help=f"asset code, for example {', '.join(codes)}")
        parser.add_argument("--as-of", type=date.fromisoformat, help="business day, YYYY-MM-DD, at its close")

    def handle(self, *args: Any, asset: str, as_of: date | None = None, **options: Any) -> None:
        if not Asset.objects.filter(code=asset).exists():
            self.stderr.write(f"no such asset: {asset}")
            raise SystemExit(2)
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["member_ref", "balance"])
        writer.writerows(queries.balances_at(asset, as_of))
