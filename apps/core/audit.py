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


@dataclass(frozen=True)
class Actor:
    """Who acts. ``staff_id`` is None for a job; ``store_id`` is where, if at a store."""

    name: str
    staff_id: int | None = None
    store_id: int | None = None


def register(code: str, sentence: Any) -> None:
    """Declare an audit code with its lazy-translated sentence; ``%(key)s`` takes from the data."""
    SENTENCES[code] = sentence


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
    return template % _Blank(entry.data)


class _Blank(dict):
    def __missing__(self, key: str) -> str:
        return "–"
