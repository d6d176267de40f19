"""The explanation kept on an entry: which rules gave what and why the others gave nothing, as JSON.

It leaves out what is at its usual value (no multiplier, no cap, no override), because a year of purchases
carries it on every row. ``stored_parts`` reads back what a refund needs.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from apps.points.rules.basket import Basket
from apps.points.rules.deciding import Decision, Miss, Part
from apps.points.rules.earning import FULL
from apps.points.rules.repricing import StoredPart
from apps.points.rules.rulebook import Page

Grant = tuple[int, date | None, date | None]  # amount, last day of validity, first day of use


def explain(decision: Decision, basket: Basket, page: Page) -> dict[str, Any]:
    """``amount_fen`` and ``points`` of the basket, its ``parts`` and ``misses``."""
    day = basket.occurred_at.date()
    told: dict[str, Any] = {"amount_fen": basket.amount_fen, "points": decision.points}
    if decision.parts:
        told["parts"] = [_part(part, page.expiry(part.rule.spec.clearing, day)) for part in decision.parts]
    if decision.misses:
        told["misses"] = [_miss(miss) for miss in decision.misses]
    return told


def grants_of(decision: Decision, basket: Basket, page: Page) -> tuple[Grant, ...]:
    """The lots the parts make: one per pair of last day and first day."""
    day = basket.occurred_at.date()
    amounts: dict[tuple[date | None, date | None], int] = {}
    for part in decision.parts:
        spec = part.rule.spec
        wait = spec.available_after_days
        key = (page.expiry(spec.clearing, day), day + timedelta(days=wait) if wait else None)
        amounts[key] = amounts.get(key, 0) + part.points
    return tuple((amount, expires_on, available_on) for (expires_on, available_on), amount in amounts.items())


def stored_parts(explanation: Mapping[str, Any]) -> tuple[StoredPart, ...]:
    """The parts of an explanation, as ``take_back`` wants them."""
    return tuple(
        StoredPart(
            rule_id=part["rule_id"],
            version_id=part["version_id"],
            points=part["points"],
            of=tuple(part.get("of", ())),
            periods=tuple(cap["period"] for cap in part.get("caps", ()) if cap["period"]),
        )
        for part in explanation.get("parts", ())
    )


def _part(part: Part, expires_on: date | None) -> dict[str, Any]:
    rule, spec = part.rule, part.rule.spec
    told: dict[str, Any] = {
        "rule": rule.code,
        "name": rule.name,
        "rule_id": rule.rule_id,
        "version_id": rule.version_id,
        "version": rule.number,
        "base_fen": part.base_fen,
        "rounding": spec.rounding,
        "points": part.points,
    }
    if spec.effect == "multiply":
        told |= {"effect": spec.effect, "base_points": part.base_points}
        told["of"] = [base.version_id for base in part.of]
    elif spec.basis == "per_unit":
        told["rate"] = [spec.points, spec.unit_fen]
    else:
        told["fixed"] = spec.points
    if spec.effect == "bonus":
        told["effect"] = spec.effect
    if spec.multiplier != FULL:
        told["multiplier"] = spec.multiplier
    if part.limits:
        told["caps"] = [
            {"period": limit.period, "limit": limit.limit, "left": limit.left} for limit in part.limits
        ]
    if part.cut_by_cap:
        told |= {"raw": part.raw, "cut": part.cut_by_cap}
    if spec.clearing:
        told["clearing"] = spec.clearing
    if expires_on:
        told["expires_on"] = expires_on.isoformat()
    return told


def _miss(miss: Miss) -> dict[str, Any]:
    if miss.rule is None:
        return {"reason": miss.reason, **miss.facts}
    return {"rule": miss.rule.code, "name": miss.rule.name, "reason": miss.reason, **miss.facts}
