"""How another process reaches the database of the running test."""

import os
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
