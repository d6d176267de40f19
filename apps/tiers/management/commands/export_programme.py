"""``manage.py export_programme CODE``: a programme as the JSON file ``apply_programme`` takes."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.tiers.models import ProgrammeVersion


class Command(BaseCommand):
    help = "Print a programme as JSON: its newest published version, or its draft if there is no other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="programme code")

    def handle(self, *args: Any, code: str, **options: Any) -> None:
        versions = ProgrammeVersion.objects.filter(programme__code=code)
        version = versions.filter(published_at__isnull=False).first() or versions.first()
        if version is None:
            self.stderr.write(f"no such programme: {code}")
            raise SystemExit(2)
        self.stdout.write(json.dumps(version.definition, ensure_ascii=False, indent=2))
