"""What the whole suite stands on: a database, compiled translations, a browser if there is one.

Without DATABASE_URL the tests use the embedded PostgreSQL. Each process of the suite holds its own
share in it, so it runs for any number of workers and stops after the last.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings

from config import env, translations
from config.embedded import lease

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NO_CHROMIUM = (
    "Chromium is missing: on Debian `apt-get install chromium fonts-noto-cjk`; make test does so as root"
)
COMMITTING = (
    {"live_server"},
    {"transactional_db", "_django_db_helper"},
)  # a fixture of that name may be one's own
RESTORES = "django_db_serialized_rollback"  # brings back the rows that migrations made
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    translations.compile_stale()
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs beside the ORM


@pytest.hookimpl(trylast=True)  # sharing a browser has reordered them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_commits)  # they leave empty tables to whoever comes after
    for item in items:
        if _commits(item) and RESTORES not in item.fixturenames:
            item.fixturenames.append(RESTORES)
    if CHROMIUM is None and not os.environ.get("CI"):  # in CI they run, and fail
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def _commits(item: pytest.Item) -> bool:
    """Whether the test's changes are committed, and the tables emptied after it."""
    marker = item.get_closest_marker("django_db")
    names = set(getattr(item, "fixturenames", ()))
    return bool(marker and marker.kwargs.get("transaction")) or any(needed <= names for needed in COMMITTING)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("BROWSER TESTS DID NOT RUN", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} skipped. {NO_CHROMIUM}.")


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """The server named by DATABASE_URL, else this process's share in the embedded one."""
    if env.DATABASE_URL:
        yield
    else:
        with lease.postgres(env.LAUREL_VAR, env.LAUREL_PGBIN):
            yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    database_server: None, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Runs before the test databases are made: the server must be there by then."""


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    """The address of this worker's test database, for commands started as processes of their own."""
    entry = settings.DATABASES["default"]
    login = ":".join(quote(part, safe="") for part in (entry["USER"], entry["PASSWORD"]) if part)
    host, port = quote(str(entry["HOST"]), safe=""), entry["PORT"] or 5432
    return f"postgresql://{login}@:{port}/{entry['NAME']}?host={host}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_OPTIONS}


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout under test."""
    return env.BASE_DIR
