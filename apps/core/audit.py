"""Audit: one row per act, append-only, with a translated sentence per code.

Codes are registered in ``AppConfig.ready()``, so this module names its model without importing it.
``record`` is called inside the transaction of the act. ``Actor`` is who acts: a staff member (any
object with ``pk`` and ``get_username``) or a job by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from apps.core.models import AuditEntry

SENTENCES: dict[str, Any] = {}
WORDS: dict[str, Mapping[str, Any]] = {}


@dataclass(frozen=True)
class Actor:
    """Who acts. ``staff_id`` is None for a job; ``store_id`` is where, if at a store."""

    name: str
    staff_id: int | None = None
    store_id: int | None = None


def register(code: str, sentence: Any) -> None:
    """Declare an audit code with its lazy-translated sentence; ``%(key)s`` takes from the data."""
    SENTENCES[code] = sentence


def register_words(key: str, words: Mapping[str, Any]) -> None:
    """Codes written under this key of the data are told by these (lazily translated) words."""
    WORDS[key] = words


def record(
    code: str,
    *,
    actor: Actor,
    subject: tuple[str, object],
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one audit row. Raises KeyError when the code was never registered."""
    if code not in SENTENCES:
        raise KeyError(f"audit code not registered: {code}")
    apps.get_model("core", "AuditEntry").objects.create(
        at=at,
        code=code,
        actor_id=actor.staff_id,
        actor_name=actor.name,
        store_id=actor.store_id,
        subject_type=subject[0],
        subject_id=str(subject[1]),
        data=dict(data or {}),
    )


def sentence(entry: "AuditEntry") -> str:
    """The row told in the reader's language."""
    template = str(SENTENCES.get(entry.code, entry.code))
    return template % _Blank({key: _word(key, value) for key, value in entry.data.items()})


def _word(key: str, value: Any) -> Any:
    words = WORDS.get(key, {})
    return words.get(value, value) if isinstance(value, str) else value


def title(code: str) -> str:
    """The act in general: its sentence with an ellipsis for each particular."""
    return str(SENTENCES.get(code, code)) % _Ellipses()


class _Ellipses(dict):
    def __missing__(self, key: str) -> str:
        return "…"


class _Blank(dict):
    def __missing__(self, key: str) -> str:
        return "–"
