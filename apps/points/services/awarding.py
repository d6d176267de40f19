"""What a batch of baskets earns, under the accounts' locks of the caller."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from apps.ledger.services import LotGrant
from apps.points import queries, rules
from apps.points.queries.contexts import NOBODY_SPECIAL

CapKey = tuple[int, int, str]  # member, rule, period


@dataclass(frozen=True, slots=True)
class Earner:
    """A basket and whose it is. ``basket.occurred_at`` is aware, in the programme's zone."""

    member_id: int
    basket: rules.Basket


@dataclass(frozen=True, slots=True)
class Award:
    """What to post: ``points`` in ``lots``, or nothing and the ``reason``; the ``explanation`` either way."""

    member_id: int
    points: int
    lots: tuple[LotGrant, ...]
    explanation: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class CapRelease:
    """Cap use a refund makes free again, as ``rules.take_back`` tells it."""

    member_id: int
    rule_id: int
    period: str
    points: int


def plan_awards(earners: Sequence[Earner], *, at: datetime, stamp: int | None = None) -> list[Award]:
    """Decide every basket by the rules live at its time, in the order given, and book the use of caps.

    The caller holds the accounts' locks in its transaction and posts the awards in it. Queries: one for
    rule periods, unless the ``stamp`` of the rulebook was just read; members' contexts and cap use only when
    a live rule asks; one write when caps were used.
    """
    book = queries.rulebook(stamp)
    pages = [book.page(earner.basket.occurred_at) for earner in earners]
    contexts = _contexts(earners, pages, at)
    used = _caps_used(earners, pages)
    booked: Counter[CapKey] = Counter()
    awards = []
    for earner, page in zip(earners, pages, strict=True):
        member_id, basket = earner.member_id, earner.basket
        context = contexts.get(member_id, NOBODY_SPECIAL)
        decision = rules.decide(basket, context, page.earning, used.get(member_id))
        if page.lasting_caps:
            _use_caps(member_id, decision, used, booked)
        awards.append(_award(member_id, decision, basket, page))
    _book(booked)
    return awards


def foresee_awards(earners: Iterable[Earner]) -> tuple[list[Award], int] | None:
    """What active members' baskets earn by the rulebook this process knows, and its stamp.

    None when that cannot be told beforehand: no stamp is known yet, or a live rule asks for the member, the
    store or earlier points. Whoever posts it must see that the stamp still holds.
    """
    known = queries.known_rulebook()
    if known is None:
        return None
    book, stamp = known
    awards = []
    for earner in earners:
        basket = earner.basket
        page = book.page(basket.occurred_at)
        if page.asks_more:
            return None
        decision = rules.decide(basket, NOBODY_SPECIAL, page.earning)
        awards.append(_award(earner.member_id, decision, basket, page))
    return awards, stamp


def release_caps(releases: Sequence[CapRelease]) -> None:
    """Give cap use back, in one statement; use never falls below zero."""
    freed: Counter[CapKey] = Counter()
    for release in releases:
        freed[release.member_id, release.rule_id, release.period] += release.points
    _write(
        """UPDATE points_capuse c SET used = greatest(c.used - u.points, 0)
             FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[])
                  AS u (member, rule, period, points)
            WHERE c.member_id = u.member AND c.rule_id = u.rule AND c.period = u.period""",
        freed,
    )


def _contexts(
    earners: Sequence[Earner], pages: Sequence[rules.Page], at: datetime
) -> Mapping[int, rules.MemberContext]:
    if not any(page.asks_member for page in pages):
        return {}
    return queries.contexts({earner.member_id for earner in earners}, at)


def _caps_used(
    earners: Sequence[Earner], pages: Sequence[rules.Page]
) -> dict[int, dict[tuple[int, str], int]]:
    capped = [
        (earner, page.lasting_caps) for earner, page in zip(earners, pages, strict=True) if page.lasting_caps
    ]
    if not capped:
        return {}
    periods = {rules.LIFE}
    for earner, _ in capped:
        day = earner.basket.occurred_at.date().isoformat()
        periods |= {day, day[:7]}
    rule_ids = {rule_id for _, lasting in capped for rule_id in lasting}
    members = {earner.member_id for earner, _ in capped}
    found = queries.caps_used(members, rule_ids, periods)
    return {member_id: found.get(member_id, {}) for member_id in members}


def _use_caps(
    member_id: int,
    decision: rules.Decision,
    used: dict[int, dict[tuple[int, str], int]],
    booked: Counter[CapKey],
) -> None:
    for part in decision.parts:
        rule_id = part.rule.rule_id
        for period in part.lasting_periods:
            mine = used[member_id]
            mine[rule_id, period] = mine.get((rule_id, period), 0) + part.points
            booked[member_id, rule_id, period] += part.points


def _award(member_id: int, decision: rules.Decision, basket: rules.Basket, page: rules.Page) -> Award:
    lots = tuple(LotGrant(*grant) for grant in rules.grants_of(decision, basket, page))
    explanation = rules.explain(decision, basket, page)
    return Award(member_id, decision.points, lots, explanation, decision.reason)


def _book(booked: Counter[CapKey]) -> None:
    _write(
        """INSERT INTO points_capuse AS c (member_id, rule_id, period, used)
           SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[])
           ON CONFLICT (member_id, rule_id, period) DO UPDATE SET used = c.used + excluded.used""",
        booked,
    )


def _write(sql: str, amounts: Counter[CapKey]) -> None:
    if not amounts:
        return
    keys = sorted(amounts)
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*columns, [amounts[key] for key in keys]])
