"""manage.py messages: the texts to translate and their catalogues."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.translation import catalogue
from config import translations


class Command(BaseCommand):
    help = "Bring the catalogues up to the texts in the code; --check says what is untranslated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--check", action="store_true", help="change nothing, exit 1 unless all is translated"
        )
        what.add_argument("--compile", action="store_true", help="only compile the catalogues")

    def handle(self, *args: Any, check: bool, compile: bool, **options: Any) -> None:
        if check:
            self._check()
        elif compile:
            self._compile()
        else:
            self._update()

    def _check(self) -> None:
        faults = [fault for locale in catalogue.LOCALES for fault in catalogue.faults(locale)]
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} texts need a translator; `manage.py messages` adds them.")
        self.stdout.write("Everything is translated.")

    def _update(self) -> None:
        for locale in catalogue.LOCALES:
            added, dropped = catalogue.update(locale)
            self.stdout.write(f"{locale}: {added} texts added, {dropped} dropped")
        self._compile()

    def _compile(self) -> None:
        for path in translations.compile_stale():
            self.stdout.write(f"compiled {path}")
