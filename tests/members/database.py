"""How another process reaches the database of the running test, and works there in small steps."""

import os
import sys
from urllib.parse import quote

from django.db import connection


def environment() -> dict[str, str]:
    """The environment in which ``manage.py`` works on the test database."""
    facts = connection.settings_dict
    login = quote(facts["USER"], safe="")
    if facts["PASSWORD"]:
        login += ":" + quote(facts["PASSWORD"], safe="")
    place = f"host={quote(facts['HOST'])}&port={facts['PORT'] or 5432}"
    url = f"postgresql://{login}@/{quote(facts['NAME'])}?{place}"
    return os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test"}


def in_chunks(size: int, module: str, *words: str) -> list[str]:
    """The command line of ``manage.py`` with these words, where the importing ``module`` commits every
    ``size`` rows: few rows are then as many steps as a large file has."""
    program = (
        f"import sys, django; django.setup(); from {module} import running; running.CHUNK = {size}; "
        "from config import command_line; sys.exit(command_line.run(['manage.py', *sys.argv[1:]]))"
    )
    return [sys.executable, "-c", program, *words]
