"""What stands around every `manage.py` command: translations, a database that answers, tidy exits.

A command works by itself on a fresh checkout. Without DATABASE_URL it takes a share in the embedded
PostgreSQL, which starts for the first command and stops after the last, and the tables are brought up
to date. What it says goes to stderr; stdout belongs to the command.
"""

import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, connection

from config import env, migrations, translations
from config.console import say
from config.embedded import lease
from config.refusals import CannotRun

WITHOUT_DATABASE = {
    *("check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help"),
    *("makemessages", "messages", "startapp", "startproject", "up", "version"),
}
LEAVES_TABLES_ALONE = {
    *("dbshell", "makemigrations", "migrate", "optimizemigration", "showmigrations"),
    *("sqlmigrate", "squashmigrations", "test"),
}


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; 2 with one line when it can't run as things stand."""
    try:
        translations.compile_stale()
        with ExitStack() as stack:
            if needs_database(arguments):
                _provide_database(stack, arguments[1])
            execute_from_command_line(arguments)
    except (CannotRun, ImproperlyConfigured) as refusal:
        say(f"manage.py: {refusal}")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def needs_database(arguments: list[str]) -> bool:
    """Whether this command line leads to the database."""
    asks_for_help = {"-h", "--help", "--version"} & set(arguments[1:])
    return len(arguments) > 1 and arguments[1] not in WITHOUT_DATABASE and not asks_for_help


def connect() -> None:
    """See that the database answers. Raises CannotRun with its reason."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise CannotRun(f"The database doesn't answer: {reason}. Check DATABASE_URL.") from error


def leave_politely() -> None:
    """Unwind on a polite kill, so that the share in the database is given back."""
    on_signals(lambda number, _frame: sys.exit(128 + number), signal.SIGTERM, signal.SIGHUP)


def on_signals(act: Callable[[int, object], None], *numbers: int) -> None:
    """Handle these signals, but leave a hang-up ignored that nohup told us to ignore."""
    for number in numbers:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, act)


def _provide_database(stack: ExitStack, command: str) -> None:
    if not env.DATABASE_URL:
        leave_politely()
        stack.enter_context(lease.postgres(env.LAUREL_VAR, env.LAUREL_PGBIN))
    django.setup()
    connect()
    if not env.DATABASE_URL and command not in LEAVES_TABLES_ALONE:
        migrations.apply_outstanding()
