"""`manage.py up`: the whole shop on one machine, until Ctrl-C."""

import signal
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.core import demo, schedule
from apps.core.supervisor import leftovers, port, static_files
from apps.core.supervisor.household import Household, web_answers
from apps.core.supervisor.supervisor import NeverReady, Supervisor
from apps.core.supervisor.traffic import Traffic
from config import command_line, env, migrations
from config.console import say
from config.embedded import lease, locks, valkey
from config.refusals import CannotRun
from config.schedule import SCHEDULE


class Command(BaseCommand):
    help = "Run everything on this machine: database, broker, web, worker and beat. Ctrl-C stops it all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--demo", action="store_true", help="fill an empty database with a living shop")

    def handle(self, *args: Any, **options: Any) -> None:
        command_line.leave_politely()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # also when a script started us with "&"
        with ExitStack() as stack:
            house = Household(env.LAUREL_VAR)
            self._claim(stack, house)
            listener = stack.enter_context(port.listen(options["host"], options["port"]))
            keep_database = self._database(stack)
            self._prepare(house, with_demo=options["demo"])
            self._run(house, listener, keep_database, options)

    def _claim(self, stack: ExitStack, house: Household) -> None:
        """One supervisor for one data folder; what a killed one left behind is ended first."""
        house.make_folders()
        lock = stack.enter_context(locks.opened(house.cards / "up.lock"))
        if not locks.try_exclusive(lock):
            raise CannotRun(
                f"Laurel runs already from {house.var}: stop it, or set LAUREL_VAR to another folder."
            )
        for name in leftovers.end(house.cards):
            say(f"Ended the {name} of a supervisor that was killed.")

    def _database(self, stack: ExitStack) -> Callable[[], None]:
        """See that the database answers; return what to do now and then to keep it so."""
        if env.DATABASE_URL:
            command_line.connect()
            return lambda: None
        server = stack.enter_context(lease.postgres(env.LAUREL_VAR, env.LAUREL_PGBIN))
        say(f"PostgreSQL runs in {server.place.root}")
        return server.revive

    def _prepare(self, house: Household, *, with_demo: bool) -> None:
        migrations.apply_outstanding()
        schedule.sync(SCHEDULE)
        if static_files.collect_if_changed(house.var / "static.stamp"):
            say("Collected the static files.")
        for shop in demo.missing_shops() if with_demo else ():
            say("Loading the demo …")
            call_command(shop.command)

    def _run(self, house: Household, listener: Any, keep_database: Callable, options: dict) -> None:
        broker, web = house.broker(), house.web(listener)
        background = [house.worker(), house.beat()]
        children = [child for child in (broker, web, *background) if child]
        supervisor = Supervisor(children, Traffic(house.access_log), keep_database)
        command_line.on_signals(supervisor.note_stop, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        try:
            if broker:
                supervisor.begin([broker], lambda: valkey.answers(house.var))
            supervisor.begin([web], lambda: web_answers(options["host"], options["port"]))
            if not supervisor.is_stopping:
                supervisor.begin(background, lambda: True)
                self._greet(options)
            supervisor.watch_until_stopped()
            say("Stopping …")
        except NeverReady as failure:
            raise CommandError(str(failure)) from failure
        finally:
            supervisor.stop()
        say("Stopped.")

    def _greet(self, options: dict) -> None:
        say(f"\nLaurel is open at http://{options['host']}:{options['port']}/  (Ctrl-C stops it)")
        for login in demo.logins() if options["demo"] else ():
            say(f"  {login.role:<14} {login.username:<12} {login.password}")
        if options["demo"] and demo.logins():
            say("  Where a code is asked for, the page tells it for these accounts.")
