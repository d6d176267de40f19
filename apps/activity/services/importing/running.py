"""A run: stage the file, then record its purchases chunk by chunk."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _

from apps.activity import queries, wording
from apps.activity.models import Activity, ActivityKind
from apps.activity.queries import Receipt
from apps.activity.rules import Fact, Reason
from apps.activity.services.importing import staging
from apps.activity.services.importing.parsing import instant_of, lines_of, rows_of, stretches
from apps.activity.services.importing.staging import StagedPurchase
from apps.activity.services.recording import record
from apps.core import audit, lanes
from apps.core.audit import Actor
from apps.core.csvfile import Rejects
from apps.members import services as members

CHUNK = 2_000
GROUP = 10_000  # purchases rehearsed before they are rolled back
OUTCOMES = (queries.RECORDED, queries.REPLAYED, queries.REFUSED)
Progress = Callable[[int, int], None]  # purchases recorded, of how many
COLUMN_OF = {
    Reason.DIFFERENT_BODY: "external_id",
    Reason.BAD_EXTERNAL_ID: "external_id",
    Reason.MEMBER_CLOSED: "member_ref",
    Reason.IN_FUTURE: "occurred_at",
    Reason.UNKNOWN_PURCHASE: "refund_of",
    Reason.NOT_IN_PURCHASE: "category",
    Reason.MORE_THAN_BOUGHT: "quantity",
    Reason.BAD_AMOUNT: "amount",
}


@dataclass
class Run:
    """A run as it goes: where facts come from, who imports, where refused rows go, what was counted."""

    channel: str
    source: str
    rejects: Rejects
    actor: Actor
    at: datetime
    progress: Progress
    columns: Sequence[str]
    counts: Counter[str] = field(default_factory=Counter)

    def reject(self, number: int, column: str, reason: str, cells: Sequence[str]) -> None:
        """Note that a row was refused."""
        self.rejects.add(number, column, reason, dict(zip(self.columns, cells, strict=False)))


@dataclass(frozen=True)
class Imported:
    """What became of a file: rows read, purchases (refunds are counted apart), points."""

    read_rows: int
    purchases: int
    refunds: int
    recorded: int
    replayed: int
    refused: int
    rejected_rows: int
    points: int


def import_purchases(rows: Iterable[tuple[int, Sequence[str]]], run: Run) -> Imported:
    """Import (row number, cells in the order of ``run.columns``) into ``run.channel``, created when new.

    Raises BadFile; chunks finished before that stay imported.
    """
    total = _stage(rows, run)
    done = 0
    with lanes.open_lanes() as open_lanes:
        chunks = _chunks(staging.purchases(), len(open_lanes))
        for chunk, receipts in lanes.work(chunks, partial(_record, run=run), open_lanes):
            _count(chunk, receipts, run)
            done += len(chunk)
            run.progress(done, total)
    staging.empty()
    return _imported(run)


@transaction.atomic
def rehearse_import(rows: Iterable[tuple[int, Sequence[str]]], run: Run) -> Imported:
    """What ``import_purchases`` would do: done, counted, and rolled back, some members at a time."""
    total = _stage(rows, run)
    groups = 1 + total // GROUP
    done = 0
    for _group, staged in groupby(staging.purchases(groups), key=lambda one: one.member_id % groups):
        with transaction.atomic():
            for _lane, chunk in _chunks(staged, 1):
                _count(chunk, _record(chunk, run), run)
                done += len(chunk)
                run.progress(done, total)
            transaction.set_rollback(True)
    transaction.set_rollback(True)
    return _imported(run)


def _stage(rows: Iterable[tuple[int, Sequence[str]]], run: Run) -> int:
    members.ensure_channel(run.channel)
    total = staging.fill(stretches(_counted(rows, run), run.columns, run.reject))
    _reject_faults(run)
    return total


def _chunks(staged: Iterable[StagedPurchase], lane_count: int) -> Iterator[tuple[int, list[StagedPurchase]]]:
    """(lane, chunk): chunks of purchases, then of refunds, a member's all in one lane."""
    for _is_refund, same in groupby(staged, key=lambda purchase: purchase.refund_of is not None):
        filling: list[list[StagedPurchase]] = [[] for _lane in range(lane_count)]
        for purchase in same:
            lane = purchase.member_id % lane_count
            filling[lane].append(purchase)
            if len(filling[lane]) == CHUNK:
                yield lane, filling[lane]
                filling[lane] = []
        yield from ((lane, chunk) for lane, chunk in enumerate(filling) if chunk)


def _counted(rows: Iterable[tuple[int, Sequence[str]]], run: Run) -> Iterator[tuple[int, Sequence[str]]]:
    read = 0
    for read, row in enumerate(rows, 1):  # noqa: B007
        yield row
    run.counts["rows"] = read


def _reject_faults(run: Run) -> None:
    for fault, packed in staging.faults():
        column, reason = _fault(fault)
        for number, cells in rows_of(packed):
            run.reject(number, column, reason, cells)


def _fault(code: str) -> tuple[str, str]:
    if code == "mate":
        return "external_id", _("another row of this purchase can't be taken")
    if code == Reason.UNKNOWN_MEMBER:
        return "member_ref", wording.refusal(code)
    return code, _("differs between the rows of this purchase")


@transaction.atomic
def _record(chunk: Sequence[StagedPurchase], run: Run) -> list[Receipt]:
    originals = _originals(chunk, run)
    receipts = record([_fact(staged, run, originals) for staged in chunk], at=run.at)
    counts = Counter(receipt.outcome for receipt in receipts)
    if counts[queries.RECORDED]:
        data = {outcome: counts[outcome] for outcome in OUTCOMES} | {"file": run.source}
        subject = ("import", run.source[:64])
        audit.record("activity.import", actor=run.actor, subject=subject, at=run.at, data=data)
    return receipts


def _count(chunk: Sequence[StagedPurchase], receipts: Sequence[Receipt], run: Run) -> None:
    counts = Counter(receipt.outcome for receipt in receipts)
    counts["points"] = sum(receipt.points for receipt in receipts if receipt.outcome == queries.RECORDED)
    counts["refunds"] = sum(staged.refund_of is not None for staged in chunk)
    counts["purchases"] = len(chunk) - counts["refunds"]
    run.counts.update(counts)
    refused = {
        receipt.external_id: receipt.reason for receipt in receipts if receipt.outcome == queries.REFUSED
    }
    if refused:
        _reject(refused, run)


def _originals(chunk: Sequence[StagedPurchase], run: Run) -> dict[str, int]:
    wanted = {staged.refund_of for staged in chunk if staged.refund_of is not None}
    if not wanted:
        return {}
    found = Activity.objects.filter(channel__code=run.channel, external_id__in=wanted)
    return dict(found.values_list("external_id", "pk"))


def _fact(staged: StagedPurchase, run: Run, originals: dict[str, int]) -> Fact:
    is_refund = staged.refund_of is not None
    lines = lines_of(staged.lines)
    return Fact(
        kind=ActivityKind.REFUND if is_refund else ActivityKind.PURCHASE,
        channel=run.channel,
        external_id=staged.external_id,
        member_id=staged.member_id,
        occurred_at=instant_of(staged.occurred),
        store_id=staged.store_id,
        lines=lines,
        amount_fen=None if is_refund else sum(line.amount_fen for line in lines),
        refund_of=originals.get(staged.refund_of) if is_refund else None,
    )


def _reject(refused: dict[str, str], run: Run) -> None:
    for external_id, packed in staging.stretches_of(refused):
        reason = refused[external_id]
        for number, cells in rows_of(packed):
            run.reject(number, COLUMN_OF.get(reason, ""), wording.refusal(reason), cells)


def _imported(run: Run) -> Imported:
    counts = run.counts
    return Imported(
        read_rows=counts["rows"],
        purchases=counts["purchases"],
        refunds=counts["refunds"],
        recorded=counts[queries.RECORDED],
        replayed=counts[queries.REPLAYED],
        refused=counts[queries.REFUSED],
        rejected_rows=run.rejects.count,
        points=counts["points"],
    )
