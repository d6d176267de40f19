"""Trying a basket: what each rule would give, and for each that would give nothing, why. It decides with the
function the till uses, reads only, and nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.points import queries, rules, sentences
from apps.points.models import RuleVersion


@dataclass(frozen=True)
class Trial:
    """A basket of a member (``member_id``) or of one made up (``context``), perhaps with a draft live."""

    basket: rules.Basket
    member_id: int | None = None
    context: rules.MemberContext = queries.NOBODY_SPECIAL
    version: RuleVersion | None = None


@dataclass(frozen=True)
class Verdict:
    """What one rule does with the basket, in a sentence."""

    rule: rules.LiveRule
    points: int
    told: str


@dataclass(frozen=True)
class Outcome:
    """The points in all and each rule's verdict, those that give first; ``reason`` is about all of it."""

    points: int
    paid_fen: int
    verdicts: tuple[Verdict, ...]
    reason: str = ""


def outcome(trial: Trial) -> Outcome:
    """What the basket would earn at its time."""
    at = trial.basket.occurred_at
    book = queries.book_with(trial.version) if trial.version else queries.rulebook()
    page = book.page(at)
    decision = rules.decide(trial.basket, _context(trial), page.earning, _used(trial, page))
    told = rules.explain(decision, trial.basket, page)
    gave = {part.rule.version_id: words for part, words in zip(decision.parts, _parts(told), strict=True)}
    why = {miss.rule.version_id: _why(miss) for miss in decision.misses if miss.rule}
    whole = next((_why(miss) for miss in decision.misses if miss.rule is None), "")
    points = {part.rule.version_id: part.points for part in decision.parts}
    verdicts = [
        Verdict(rule, points.get(key, 0), gave.get(key) or why.get(key) or whole)
        for rule in page.earning
        for key in (rule.version_id,)
    ]
    ordered = sorted(verdicts, key=lambda verdict: not verdict.points)
    return Outcome(decision.points, trial.basket.amount_fen, tuple(ordered), whole)


def _context(trial: Trial) -> rules.MemberContext:
    if trial.member_id is None:
        return trial.context
    return queries.contexts([trial.member_id], trial.basket.occurred_at)[trial.member_id]


def _used(trial: Trial, page: rules.Page) -> Mapping[tuple[int, str], int]:
    """What the member has had of the caps by now."""
    if trial.member_id is None or not page.lasting_caps:
        return {}
    day = trial.basket.occurred_at.date().isoformat()
    periods = (day, day[:7], rules.LIFE)
    return queries.caps_used([trial.member_id], page.lasting_caps, periods)[trial.member_id]


def _parts(told: Mapping[str, Any]) -> list[str]:
    return [sentences.part_sentence(part) for part in told.get("parts", ())]


def _why(miss: rules.Miss) -> str:
    return sentences.reason_sentence(miss.reason, miss.facts)
