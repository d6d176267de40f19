"""Which wording of which rule applies when.

Published versions never change, so a book of them can be kept and asked for any instant: time is cut at every
start and end, and each piece (a *page*) is put together once. Live is, per rule, the version with the
highest number that has started and not ended; when a limited version ends, the one before it applies again.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from apps.points.rules.clearing import ClearingSpec, expiry_for
from apps.points.rules.conditions import Condition, conditions_of
from apps.points.rules.earning import EarningSpec
from apps.points.rules.refunding import RefundSpec
from apps.points.rules.spending import SpendingSpec


@dataclass(frozen=True)
class LiveRule:
    """One version of an earning rule, ready to be decided with."""

    rule_id: int
    version_id: int
    code: str
    name: str
    number: int
    spec: EarningSpec
    conditions: tuple[tuple[str, Condition], ...] = field(init=False, repr=False, compare=False)
    is_capped: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", conditions_of(self.spec))
        capped = self.spec.has_lasting_cap or self.spec.cap_purchase is not None
        object.__setattr__(self, "is_capped", capped)


@dataclass(frozen=True)
class Version:
    """A published version of any kind; ``ends_at`` None when it has no end."""

    rule_id: int
    version_id: int
    code: str
    name: str
    number: int
    spec: EarningSpec | ClearingSpec | SpendingSpec | RefundSpec
    starts_at: datetime
    ends_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


class Page:
    """What applies during one piece of time."""

    def __init__(self, live: Iterable[Version]) -> None:
        ordered = sorted(live, key=lambda version: (version.starts_at, version.version_id))
        self.earning = tuple(
            sorted(
                (_live_rule(version) for version in ordered if version.spec.kind == "earning"),
                key=lambda rule: (-rule.spec.priority, rule.code),
            )
        )
        self.clearing = {version.code: version.spec for version in ordered if version.spec.kind == "clearing"}
        self.spending: SpendingSpec | None = _newest(ordered, "spending")
        self.refund: RefundSpec = _newest(ordered, "refund") or RefundSpec()
        self.asks_member = any(rule.spec.asks_member for rule in self.earning)
        self.asks_store = any(rule.spec.stores for rule in self.earning)
        self.lasting_caps = tuple(rule.rule_id for rule in self.earning if rule.spec.has_lasting_cap)
        self.asks_more = bool(self.asks_member or self.asks_store or self.lasting_caps)  # than the basket
        defaults = [spec for spec in self.clearing.values() if spec.is_default]
        self._default = defaults[-1] if defaults else ClearingSpec(method="never")
        self._expiries: dict[tuple[str, date], date | None] = {}

    def expiry(self, clearing: str, earned_on: date) -> date | None:
        """The last day of validity under a policy by code; the default one for "" or one not live."""
        key = (clearing, earned_on)
        if key not in self._expiries:
            self._expiries[key] = expiry_for(self.clearing.get(clearing, self._default), earned_on)
        return self._expiries[key]


class Rulebook:
    """All published versions, asked by instant."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._versions = tuple(versions)
        edges = {version.starts_at for version in self._versions}
        edges |= {version.ends_at for version in self._versions if version.ends_at}
        self._edges = sorted(edge.astimezone(UTC) for edge in edges)
        self._pages: dict[int, Page] = {}

    def page(self, at: datetime) -> Page:
        """What applies at an instant (aware)."""
        piece = bisect_right(self._edges, at)
        page = self._pages.get(piece)
        if page is None:
            page = self._pages[piece] = Page(self._live(at))
        return page

    def pages(self, starts_at: datetime, ends_at: datetime) -> list[Page]:
        """What applies during the pieces of a stretch of time, in their order."""
        inside = [edge for edge in self._edges if starts_at < edge < ends_at]
        return [self.page(at) for at in (starts_at, *inside)]

    def replacing(self, version: Version) -> "Rulebook":
        """The book in which this version of its rule, and no other of it, is live at all times it names."""
        others = (each for each in self._versions if each.rule_id != version.rule_id)
        return Rulebook([*others, version])

    def earning_versions(self) -> dict[int, LiveRule]:
        """All versions of earning rules, by version id."""
        earning = (version for version in self._versions if version.spec.kind == "earning")
        return {version.version_id: _live_rule(version) for version in earning}

    def _live(self, at: datetime) -> Iterable[Version]:
        newest: dict[int, Version] = {}
        for version in self._versions:
            held = newest.get(version.rule_id)
            if version.is_live(at) and (held is None or held.number < version.number):
                newest[version.rule_id] = version
        return newest.values()


def _live_rule(version: Version) -> LiveRule:
    return LiveRule(
        version.rule_id, version.version_id, version.code, version.name, version.number, version.spec
    )


def _newest(ordered: list[Version], kind: str) -> SpendingSpec | RefundSpec | None:
    found = [version.spec for version in ordered if version.spec.kind == kind]
    return found[-1] if found else None
