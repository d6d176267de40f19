"""Bringing the database's tables up to date, once, however many processes start together."""

import pkgutil
import sys
from importlib.util import find_spec

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.console import say

LOCK = 7_301_994  # any number, ours alone


def outstanding() -> list[tuple[str, str]]:
    """The migrations on disk that the database hasn't recorded, found without loading any of them."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [known for known in _on_disk() if known not in applied]


def apply_outstanding() -> int:
    """Apply what is outstanding and return how many; a second process waits and finds nothing to do."""
    if not outstanding():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            waiting = len(outstanding())
            if waiting:
                say(f"Preparing the database: {waiting} migrations …")
                call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
            return waiting
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _on_disk() -> list[tuple[str, str]]:
    found = []
    for app in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(app.label)
        spec = find_spec(module) if module else None
        for _, name, is_package in pkgutil.iter_modules(
            spec.submodule_search_locations or [] if spec else []
        ):
            if not is_package and name[0] not in "_~":
                found.append((app.label, name))
    return found
