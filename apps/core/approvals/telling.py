"""A request in the reader's words: its sentence, facts, examples and differences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import audit, money
from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.approvals.plans import ABOVE
from apps.core.approvals.registry import Act, acts

COMMON = {
    "count": _("Rows or members"),
    "points": _("Points"),
    "money_fen": _("Money"),
    "examples": _("Examples"),
}
NOTHING = "–"


@dataclass(frozen=True)
class Cell:
    """A value as it is shown; numbers stand to the right."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Told:
    """One request for a page: ``facts`` are (label, cell), ``examples`` rows of cells, ``passed`` the limits
    it is larger than, as (label, its size, the limit)."""

    row: ApprovalRequest
    title: Any
    sentence: str
    state: str
    facts: list[tuple[Any, Cell]]
    columns: list[tuple[Any, bool]]
    examples: list[list[Cell]]
    differences: list[tuple[Any, Cell, Cell]]
    passed: list[tuple[Any, Cell, Cell]]
    address: str = ""
    files: Sequence[tuple[str, str]] = ()
    results: Sequence[tuple[Any, Cell]] = ()


def told(row: ApprovalRequest, at: datetime) -> Told:
    """The whole request."""
    act = acts.get(row.act)
    columns = row.plan["columns"]
    examples = [
        [cell(name, value) for name, value in zip(columns, line, strict=True)]
        for line in row.plan["examples"]
    ]
    first = examples[0] if examples else [Cell("")] * len(columns)
    return Told(
        row,
        act.title,
        sentence(row),
        state_of(row, at),
        [(label(act, name), fact(act, name, value)) for name, value in _facts(row)],
        [(label(act, name), one.is_number) for name, one in zip(columns, first, strict=True)],
        examples,
        [
            (label(act, each["what"]), *(fact(act, each["what"], each[side]) for side in ("was", "now")))
            for each in row.difference
        ],
        _passed(row),
        act.address(row) if act.address else "",
        act.files(row) if act.files else (),
        [(act.labels[name], cell(name, value)) for name, value in row.result.items() if name in act.labels],
    )


def listed(rows: Iterable[ApprovalRequest], at: datetime) -> list[dict[str, Any]]:
    """The requests of a list: each with its title, sentence and state."""
    return [
        {
            "row": row,
            "title": acts.get(row.act).title,
            "sentence": sentence(row),
            "state": state_of(row, at),
        }
        for row in rows
    ]


def sentence(row: ApprovalRequest) -> str:
    """What would be done, naming its size."""
    act = acts.get(row.act)
    facts = {name: fact(act, name, value).text for name, value in row.plan["facts"].items()}
    return str(act.sentence) % facts


def state_of(row: ApprovalRequest, at: datetime) -> str:
    """The state as it is at an instant: a request past its time counts as expired before the bell rings."""
    late = row.state == RequestState.WAITING and row.expires_at <= at
    return RequestState.EXPIRED if late else row.state


def _facts(row: ApprovalRequest) -> list[tuple[str, Any]]:
    """Facts and notes in the order of the act's labels (the database keeps none), then what it is worth."""
    facts = {**row.plan["facts"], **row.plan.get("notes", {})}
    order = {name: place for place, name in enumerate(acts.get(row.act).labels)}
    told = sorted(facts.items(), key=lambda fact: order.get(fact[0], len(order)))
    worth = row.plan["measure"].get("money_fen", 0)
    return [*told, ("money_fen", worth)] if worth else told


def _passed(row: ApprovalRequest) -> list[tuple[Any, Cell, Cell]]:
    """The limits of the threshold in force when it was asked for that it is larger than."""
    if row.bar.get("mode") != ABOVE:
        return []
    sizes = row.plan["measure"]
    over = [name for name in sizes if row.bar.get(name) is not None and sizes[name] > row.bar[name]]
    return [(COMMON[name], cell(name, sizes[name]), cell(name, row.bar[name])) for name in over]


def label(act: Act, name: str) -> Any:
    return act.labels.get(name) or COMMON.get(name, name)


def fact(act: Act, name: str, value: Any) -> Cell:
    """A fact as the act words it."""
    if name in act.formats and value is not None:
        return Cell(act.formats[name](value))
    return cell(name, value)


def cell(name: str, value: Any) -> Cell:
    """Numbers with thousands, money as money, codes by their word."""
    if value is None or value == "":
        return Cell(NOTHING)
    if isinstance(value, int):
        return Cell(money.format_money(value) if name.endswith("_fen") else f"{value:,}", is_number=True)
    return Cell(str(audit.WORDS.get(name, {}).get(value, value)))
