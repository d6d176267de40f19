"""Keeping the children alive until somebody says stop."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from apps.core.supervisor.child import Child
from apps.core.supervisor.traffic import Traffic
from config.console import say

TICK = 0.2
GLANCE_EVERY = 1.0  # seconds between looks at the database
SUMMARY_EVERY = 60.0
STARTS_WITHIN, STOPS_WITHIN = 60.0, 15.0
EARLY_DEATHS_ALLOWED = 3


class NeverReady(Exception):
    """A child died again and again, or never answered, before the shop opened."""

    def __init__(self, child: Child) -> None:
        super().__init__(f"{child.name} does not start; its log {child.log} ends with:\n{child.last_words()}")


@dataclass
class Supervisor:
    """The children of one shop, and what else has to be looked after."""

    children: Sequence[Child]
    traffic: Traffic
    keep_database: Callable[[], None]
    is_stopping: bool = False
    _due: dict[str, float] = field(default_factory=dict)

    def begin(self, children: Sequence[Child], answers: Callable[[], bool]) -> None:
        """Start these and wait until the first of them answers. Raises NeverReady."""
        for child in children:
            child.start()
        deadline = time.monotonic() + STARTS_WITHIN
        while not self.is_stopping and not answers():
            for child in children:
                self._watch(child)
            if children[0].deaths >= EARLY_DEATHS_ALLOWED or time.monotonic() > deadline:
                raise NeverReady(children[0])
            time.sleep(TICK)

    def watch_until_stopped(self) -> None:
        """Start again whatever dies, look after the database, tell about the traffic."""
        glance = summary = time.monotonic()
        while not self.is_stopping:
            now = time.monotonic()
            for child in self.children:
                self._watch(child)
            if now - glance >= GLANCE_EVERY:
                glance = now
                self.keep_database()
            if now - summary >= SUMMARY_EVERY:
                summary = now
                self._tell(self.traffic.summary())
            time.sleep(TICK)

    def stop(self) -> None:
        """Stop every child, politely for a while."""
        for serves_others in (False, True):
            self._stop([child for child in self.children if child.serves_others is serves_others])

    def _stop(self, children: Sequence[Child]) -> None:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOPS_WITHIN
        while time.monotonic() < deadline and not all(child.has_stopped() for child in children):
            time.sleep(0.05)
        for child in children:
            child.bury()

    def note_stop(self, _number: int, _frame: object) -> None:
        self.is_stopping = True

    def _watch(self, child: Child) -> None:
        now = time.monotonic()
        if child.name in self._due:
            if now >= self._due[child.name]:
                del self._due[child.name]
                child.start()
        elif child.has_died():
            wait = child.wait_before_next()
            self._due[child.name] = now + wait
            self._tell(f"{child.name} stopped ({child.epitaph()}); starting it again in {wait:g} s")

    def _tell(self, message: str) -> None:
        if message:
            say(f"{time.strftime('%H:%M:%S')}  {message}")
