"""Children of a supervisor that was killed: found by their cards, ended before new ones start.

A number alone proves nothing, another process may have it by now; number and start time together do.
"""

import json
import signal
import time
from pathlib import Path

from apps.core.supervisor.child import signal_group
from config.embedded import processes

LEAVE_WITHIN = 5.0


def end(cards: Path) -> list[str]:
    """End every child an earlier supervisor left running; return their names."""
    left = [facts for card in sorted(cards.glob("*.json")) if (facts := _read(card)) and _lives(facts)]
    for facts in left:
        signal_group(facts["pid"], signal.SIGTERM)
    deadline = time.monotonic() + LEAVE_WITHIN
    while any(map(_lives, left)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for facts in left:
        signal_group(facts["pid"], signal.SIGKILL)
    for card in cards.glob("*.json"):
        card.unlink(missing_ok=True)
    return [facts["name"] for facts in left]


def _lives(facts: dict) -> bool:
    return bool(facts["started"]) and processes.started(facts["pid"]) == facts["started"]


def _read(card: Path) -> dict | None:
    try:
        facts = json.loads(card.read_text())
        return facts if facts.keys() >= {"pid", "started", "name"} else None
    except ValueError:  # the supervisor was killed while writing it
        return None
