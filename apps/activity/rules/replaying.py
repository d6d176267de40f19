"""Deciding history again under another rulebook: what each activity would have earned, in the order in which
it was decided then, with caps used up and set free on the way.

A member's *deeds* are replayed one after the other. Deeds before the window are not decided again: they only
use the caps they used. Refunds give no points here and take none back; they set cap use free, by the very
arithmetic of a refund, so that later deeds find it again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from apps.activity.rules.sharing import LinePart, SoldLine, after_return
from apps.points import rules

ACTIVE = "active"
Used = dict[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class Deed:
    """One activity of history. ``told`` is the explanation kept of its award, or of why there was none;
    ``entry`` is the ledger's entry by which it gave points (or a refund took them)."""

    activity_id: int
    member_id: int
    basket: rules.Basket
    awarded: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)
    entry: int | None = None
    status: str = ACTIVE
    sold: tuple[SoldLine, ...] = ()
    refund_of: int | None = None
    returned: tuple[LinePart, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """A deed and what it would have earned."""

    deed: Deed
    decision: rules.Decision
    page: rules.Page

    @property
    def gain(self) -> int:
        """Points more (or, negative, fewer) than were awarded."""
        return self.decision.points - self.deed.awarded

    def explained(self) -> dict[str, Any]:
        """The explanation the award would have had."""
        return rules.explain(self.decision, self.deed.basket, self.page)


@dataclass(frozen=True)
class Script:
    """What history is replayed by: the book, when the window begins, and all versions by id."""

    book: rules.Rulebook
    starts_at: datetime
    versions: Mapping[int, rules.LiveRule]


@dataclass
class _Sale:
    """A purchase that a later refund is about."""

    deed: Deed
    parts: tuple[rules.StoredPart, ...]
    lines: tuple[SoldLine, ...]
    left: int


def as_decided(deeds: Sequence[Deed]) -> list[Deed]:
    """The deeds of one member in the order in which they were decided, from nearly that order.

    The ledger's entries tell it beyond doubt: they are numbered under the account's lock. What has no entry
    keeps its place: it used no cap.
    """
    booked = iter(sorted((deed for deed in deeds if deed.entry), key=lambda deed: deed.entry))
    return [next(booked) if deed.entry else deed for deed in deeds]


def replay(deeds: Sequence[Deed], context: rules.MemberContext, script: Script) -> Iterator[Replayed]:
    """Decide one member's deeds again, as they are in order; those of the window are answered."""
    refunded = {deed.refund_of for deed in deeds if deed.refund_of}
    used: Used = {}
    sales: dict[int, _Sale] = {}
    for deed in deeds:
        if deed.refund_of:
            _set_free(deed, sales.get(deed.refund_of), used, script.versions)
            continue
        if deed.basket.occurred_at < script.starts_at:
            parts = rules.stored_parts(deed.told)
            _use(((part.rule_id, part.periods, part.points) for part in parts), used)
        else:
            done = _decide(deed, context, used, script)
            yield done
            parts = None
        if deed.activity_id in refunded:
            parts = rules.stored_parts(done.explained()) if parts is None else parts
            sales[deed.activity_id] = _Sale(deed, parts, deed.sold, sum(part.points for part in parts))


def _decide(deed: Deed, context: rules.MemberContext, used: Used, script: Script) -> Replayed:
    page = script.book.page(deed.basket.occurred_at)
    if deed.status != ACTIVE:
        context = replace(context, status=deed.status)
    decision = rules.decide(deed.basket, context, page.earning, used)
    if page.lasting_caps:
        _use(((part.rule.rule_id, part.lasting_periods, part.points) for part in decision.parts), used)
    return Replayed(deed, decision, page)


def _use(parts: Iterable[tuple[int, tuple[str, ...], int]], used: Used) -> None:
    for rule_id, periods, points in parts:
        for period in periods:
            used[rule_id, period] = used.get((rule_id, period), 0) + points


def _set_free(refund: Deed, sale: _Sale | None, used: Used, versions: Mapping[int, rules.LiveRule]) -> None:
    """What a refund does to the use of caps, as when it is recorded; nothing when it takes no points."""
    if sale is None:
        return
    before, sale.lines = sale.lines, after_return(sale.lines, refund.returned)
    taken = rules.take_back(sale.parts, _left(sale.deed, before), _left(sale.deed, sale.lines), versions)
    amount = min(taken.points, sale.left)
    sale.left -= amount
    if amount:
        for rule_id, period, points in taken.caps:
            used[rule_id, period] = max(used.get((rule_id, period), 0) - points, 0)


def _left(sale: Deed, lines: Sequence[SoldLine]) -> rules.Basket:
    left = tuple(rules.BasketLine(line.category, line.sku, line.left, line.left_paid_fen) for line in lines)
    return replace(sale.basket, amount_fen=sum(line.amount_fen for line in left), lines=left)


def look_back(pages: Iterable[rules.Page], starts_at: datetime) -> datetime | None:
    """From when deeds must be read for the caps to be known at ``starts_at``; None: from the beginning."""
    specs = [rule.spec for page in pages for rule in page.earning]
    if any(spec.cap_life is not None for spec in specs):
        return None
    if any(spec.cap_month is not None for spec in specs):
        return starts_at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return starts_at
