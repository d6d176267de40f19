"""What Laurel's commands share: one JSON object or readable text on stdout, the rest on stderr, exit codes.

0 done · 1 failed or violated · 2 bad usage or input. A command names its own arguments in
``add_options``, does its work in ``perform`` and returns the facts; ``text`` words them for people.
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from apps.core.csvfile import BadFile
from apps.core.errors import LaurelError

FAILED, BAD_INPUT = 1, 2
Facts = Mapping[str, Any]


class CommandFailed(CommandError):
    """Ends a command with exit code 1; ``facts`` are still reported."""

    def __init__(self, message: str, *, facts: Facts | None = None, returncode: int = FAILED):
        super().__init__(message, returncode=returncode)
        self.facts = dict(facts or {})


class BadInput(CommandFailed):
    """Ends a command with exit code 2: the arguments or the file can't be used."""

    def __init__(self, message: str, *, facts: Facts | None = None):
        super().__init__(message, facts=facts, returncode=BAD_INPUT)


class ReportingCommand(BaseCommand):
    """A command that returns facts: as text, or with ``--json`` as one object on stdout."""

    def add_options(self, parser: ArgumentParser) -> None:
        """The command's own arguments."""

    def perform(self, **options: Any) -> Facts:
        """Do the work and return the facts. Raises CommandFailed or BadInput."""
        raise NotImplementedError

    def text(self, facts: Facts) -> str:
        """The facts for a reader; by default one per line."""
        return "\n".join(f"{name}: {_shown(value)}" for name, value in facts.items())

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_options(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: Any, as_json: bool = False, **options: Any) -> None:
        try:
            self._report(self.perform(**options), as_json)
        except BadFile as error:
            self._fail(BadInput(_located(error, options)), as_json)
        except CommandFailed as error:
            self._fail(error, as_json)
        except LaurelError as error:
            self._fail(CommandFailed(str(error)), as_json)

    def note(self, line: str) -> None:
        """A line for the person watching, on stderr."""
        self.stderr.write(line, style_func=str)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar on stderr, on terminals only. Yields a function that takes how much is done so far."""
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task(label, total=total)
            yield lambda done: bar.update(task, completed=done)

    def _report(self, facts: Facts, as_json: bool) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=False, default=str) if as_json else self.text(facts))

    def _fail(self, error: CommandFailed, as_json: bool) -> None:
        if as_json:
            self._report({"error": str(error), **error.facts}, as_json)
        elif error.facts:
            self._report(error.facts, as_json)
        raise error


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else f"{value}"


def _located(error: BadFile, options: Facts) -> str:
    places = [str(options.get("file") or "")]
    places += [_("row %(row)d") % {"row": error.row}] if error.row else []
    places += [_("column %(column)s") % {"column": error.column}] if error.column else []
    return ": ".join([", ".join(filter(None, places)), error.reason]).removeprefix(": ")
