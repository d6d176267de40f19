"""How long a sign-in is good, and what it is good for.

A session ends after idle minutes and, used or not, after some hours. Guarded acts ask for a recent
sign-in: the reader shows once more who is there. The session keeps the times in seconds of the real
clock, which no rehearsal moves. ``middleware.SessionLimits`` sees to it.
"""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.stores.errors import ConfirmationNeeded

SIGNED_IN, SEEN, CONFIRMED, FACTOR = "signed_in_at", "seen_at", "confirmed_at", "second_factor"
NOTED_EVERY = 60  # seconds: a session is not written anew for every request


def begin(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Receiver of ``user_logged_in``: the times from which this session is counted."""
    now = _now()
    request.session.update({SIGNED_IN: now, SEEN: now, CONFIRMED: now})


def confirm(request: HttpRequest) -> None:
    """The reader showed once more who is there."""
    request.session[CONFIRMED] = _now()


def note_factor(request: HttpRequest) -> None:
    """The second factor was shown in this session."""
    request.session[FACTOR] = True


def has_factor(request: HttpRequest) -> bool:
    """Whether the second factor was shown in this session."""
    return bool(request.session.get(FACTOR))


def is_recent(request: HttpRequest) -> bool:
    """Whether the reader showed who is there within the last minutes."""
    return _now() - request.session.get(CONFIRMED, 0) < settings.SESSION_RECENT_SECONDS


def require_recent(request: HttpRequest) -> None:
    """Ask who is there before a guarded act; afterwards the reader is back on the page and does it again.

    Raises ConfirmationNeeded, which ``SessionLimits`` answers.
    """
    if not is_recent(request):
        raise ConfirmationNeeded


def is_over(request: HttpRequest) -> bool:
    """Whether the session is idle too long, or too old."""
    now = _now()
    idle = now - request.session.get(SEEN, now)
    age = now - request.session.get(SIGNED_IN, now)
    return idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_COOKIE_AGE


def note_seen(request: HttpRequest) -> None:
    """The reader was here just now."""
    now = _now()
    request.session.setdefault(SIGNED_IN, now)
    if now - request.session.get(SEEN, 0) > NOTED_EVERY:
        request.session[SEEN] = now


def _now() -> int:
    return int(time.time())
