"""The why-panel of the back office: one movement of points, or one award that did not happen, explained.

Any page that lists entries shows it: link to ``points:entry-why`` (or ``points:decline-why``) with the
member's primary key, and let htmx put the answer below the row. The template is ``points/_why.html``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.ledger.models import Decline, Entry
from apps.points import queries, rules, sentences
from apps.points.origins import Origin, origin_of


@dataclass(frozen=True)
class StepTold:
    """How one rule came to its points, with the sentence its version had."""

    step: sentences.Step
    sentence: str


@dataclass(frozen=True)
class Why:
    """``entry`` or ``decline``: ``sentences`` tell it, ``steps`` what each rule gave, ``misses`` which gave
    nothing, ``lots`` the points touched, ``origin`` what caused it."""

    sentences: tuple[str, ...]
    lots: tuple[str, ...]
    steps: tuple[StepTold, ...]
    misses: tuple[str, ...]
    origin: Origin | None
    entry: Entry | None = None
    decline: Decline | None = None


def of_entry(entry: Entry) -> Why:
    """Why an entry of ``queries.entry_with_reasons`` was posted."""
    return Why(**_told(entry, sentences.answer_for(entry)), entry=entry)


def of_decline(decline: Decline) -> Why:
    """Why an award did not happen."""
    return Why(**_told(decline, sentences.answer_for_decline(decline)), decline=decline)


def _told(row: Entry | Decline, answer: sentences.Answer) -> dict[str, Any]:
    told = row.explanation
    wordings = queries.rules_wording(told)
    by_rule = set(sentences.award_sentences(told))
    return {
        "sentences": tuple(sentence for sentence in answer.sentences if sentence not in by_rule),
        "lots": answer.lots,
        "steps": tuple(_step(step, wordings) for step in sentences.steps(told)),
        "misses": tuple(sentences.miss_sentences(told)),
        "origin": origin_of(row.source),
    }


def _step(step: sentences.Step, wordings: Mapping[int, rules.Spec]) -> StepTold:
    spec = wordings.get(step.version_id)
    return StepTold(step, sentences.sentence(spec) if spec else "")
