"""How facts about versions of rules are kept in a plan and told from it."""

import json
from datetime import datetime
from typing import Any

from apps.core import clock
from apps.points import rules, sentences
from apps.points.models import RuleVersion


def kept(version: RuleVersion | None) -> str:
    """A version's wording as a plan keeps it; "" for none."""
    if version is None:
        return ""
    wording = {"kind": version.rule.kind, "definition": version.definition}
    return json.dumps(wording, sort_keys=True, ensure_ascii=False)


def sentence(nothing: Any = "–") -> Any:
    """Tells a kept wording as its sentence, or ``nothing``."""

    def told(text: str) -> str:
        if not text:
            return str(nothing)
        wording = json.loads(text)
        return str(sentences.sentence(rules.from_json(wording["kind"], wording["definition"])))

    return told


def moment(nothing: Any) -> Any:
    """Tells a kept instant in the shop's time, or ``nothing``."""

    def shown(text: str) -> str:
        return f"{instant(text).astimezone(clock.zone()):%Y-%m-%d %H:%M}" if text else str(nothing)

    return shown


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
