"""What a finished replay found, told in points, money, members and examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.activity.models import Replay
from apps.members import queries as members
from apps.members.models import Member
from apps.points import sentences
from apps.points.rules import cost_fen
from apps.stores.models import Staff


@dataclass(frozen=True)
class Sum:
    """Points awarded and replayed, and what the difference costs in fen."""

    awarded: int
    replayed: int
    fen_per_hundred: int

    @property
    def gain(self) -> int:
        return self.replayed - self.awarded

    @property
    def cost_fen(self) -> int:
        return cost_fen(self.replayed, self.fen_per_hundred) - cost_fen(self.awarded, self.fen_per_hundred)


@dataclass(frozen=True)
class Line:
    """One rule: its points month by month and in all."""

    name: str
    months: tuple[Sum, ...]
    total: Sum


@dataclass(frozen=True)
class Example:
    """One activity of one member, before and after; the name is masked, ``url`` is "" outside the scope."""

    name: str
    number: str
    url: str
    at: datetime
    amount_fen: int
    awarded: int
    replayed: int
    was: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def gain(self) -> int:
        return self.replayed - self.awarded


@dataclass(frozen=True)
class Most:
    """The most one purchase could earn; ``share_bp`` is its cost in hundredths of a percent of the amount."""

    amount_fen: int
    points: int
    cost_fen: int
    share_bp: int
    steps: tuple[sentences.Step, ...]


@dataclass(frozen=True)
class Report:
    """Everything the page of a finished replay shows."""

    activities: int
    paid_fen: int
    months: tuple[str, ...]
    lines: tuple[Line, ...]
    by_month: tuple[Sum, ...]
    total: Sum
    members: Mapping[str, int]
    stack: tuple[Most, ...]
    examples: tuple[Example, ...]


def report(replay: Replay, staff: Staff) -> Report:
    """The report for a reader: two queries, for the members of the examples."""
    told = replay.result
    cost = told["fen_per_hundred"]
    cells = {(rule_id, month): (was, now) for rule_id, month, was, now in told["cells"]}
    months = tuple(sorted({month for _rule, month in cells}))
    rule_ids = sorted({rule_id for rule_id, _month in cells})
    lines = tuple(_line(rule_id, months, told, cells) for rule_id in rule_ids)
    return Report(
        activities=told["activities"],
        paid_fen=told["paid_fen"],
        months=months,
        lines=lines,
        by_month=tuple(_sum((line.months[n] for line in lines), cost) for n in range(len(months))),
        total=_sum((line.total for line in lines), cost),
        members={name: told["members"].get(name, 0) for name in COUNTED},
        stack=tuple(_most(each, cost) for each in told["stack"]),
        examples=_examples(told["examples"], staff),
    )


COUNTED = ("gain", "gain_points", "loss", "loss_points", "same", "new_earners", "no_earners")


def _line(
    rule_id: int,
    months: Sequence[str],
    told: Mapping[str, Any],
    cells: Mapping[tuple[int, str], tuple[int, int]],
) -> Line:
    cost = told["fen_per_hundred"]
    sums = tuple(Sum(*cells.get((rule_id, month), (0, 0)), cost) for month in months)
    return Line(told["rules"].get(str(rule_id), f"#{rule_id}"), sums, _sum(sums, cost))


def _sum(parts: Any, cost: int) -> Sum:
    parts = list(parts)
    return Sum(sum(part.awarded for part in parts), sum(part.replayed for part in parts), cost)


def _most(told: Mapping[str, Any], cost: int) -> Most:
    amount, points = told["amount_fen"], told["points"]
    fen = cost_fen(points, cost)
    return Most(amount, points, fen, 10_000 * fen // amount, tuple(sentences.steps(told)))


def _examples(told: Sequence[Mapping[str, Any]], staff: Staff) -> tuple[Example, ...]:
    ids = [each["member"] for each in told]
    known = Member.objects.in_bulk(ids)
    seen = set(members.members_for(staff).filter(pk__in=ids).values_list("pk", flat=True))
    return tuple(_example(each, known[each["member"]], each["member"] in seen) for each in told)


def _example(told: Mapping[str, Any], member: Member, is_seen: bool) -> Example:
    return Example(
        name=member.name_masked,
        number=member.number,
        url=reverse("admin:members_member_change", args=[member.pk]) if is_seen else "",
        at=datetime.fromisoformat(told["at"]),
        amount_fen=told["amount_fen"],
        awarded=told["awarded"],
        replayed=told["replayed"],
        was=tuple(sentences.award_sentences(told["was"])),
        now=tuple(sentences.award_sentences(told["now"])),
    )
