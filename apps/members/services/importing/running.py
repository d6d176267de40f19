"""A run over a whole file: rows are parsed into chunks, each merged and audited in one transaction.

Chunks are merged in lanes side by side while the next rows are parsed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Protocol

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from apps.core import audit, clock, lanes
from apps.core.audit import Actor
from apps.core.csvfile import BadFile, Rejects, Row
from apps.members.errors import GuardianConsentNeeded, MembersError
from apps.members.services import checking
from apps.members.services.channels import ensure_channels
from apps.members.services.importing.merging import Merged, Places, merge, stage
from apps.members.services.importing.parsing import Parsed, Parser, RowFault
from apps.stores import services as stores

CHUNK = 10_000
ATTEMPTS = 3
LOCK = 7_301_001  # the advisory lock of the one import that may run at a time
Progress = Callable[[int], None]


class Rows(Protocol):
    """What is imported: an open file, or rows made up like one."""

    columns: Sequence[str]
    unknown_columns: Sequence[str]

    @property
    def position(self) -> int:
        """How much was read."""

    def cells(self) -> Iterable[tuple[int, Sequence[str]]]:
        """(row number, stripped texts in the order of ``columns``)."""

    def row(self, cells: Sequence[str]) -> Row:
        """Cells by their columns."""


class ImportBusy(MembersError):
    """Another import of members is running."""

    def __str__(self) -> str:
        return _("another import of members is running: wait until it has ended")


@dataclass(frozen=True)
class Imported:
    """What became of the rows of a file."""

    created: int
    updated: int
    unchanged: int
    rejected: int

    @property
    def read(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected


@dataclass
class _Run:
    """A run as it goes: who acts, where refused rows go, what was counted."""

    rejects: Rejects
    actor: Actor
    at: datetime
    source: str
    counts: Counter[str] = field(default_factory=Counter)
    stores: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Chunk:
    """Rows merged in one transaction, their cells as they came, and the places they name."""

    rows: list[Parsed]
    originals: list[Sequence[str]]
    places: Places


def import_members(
    *, rows: Rows, rejects: Rejects, source: str, progress: Progress, actor: Actor, at: datetime
) -> Imported:
    """Import an open file; refused rows go to ``rejects``, ``progress`` hears the bytes read.

    ``source`` names the file in the audit and on consent events. Raises BadFile, ImportBusy; chunks
    finished before that stay imported.
    """
    _check_columns(rows)
    run = _Run(rejects, actor, at, source)
    with _alone(), lanes.open_lanes() as open_lanes:
        chunks = _chunks(_parsed(rows, run), len(open_lanes), run)
        for chunk, merged in lanes.work(chunks, partial(_merge_committing, run=run), open_lanes):
            _count(run, merged, chunk, rows)
            progress(rows.position)
    created, updated, unchanged = (run.counts[name] for name in ("created", "updated", "unchanged"))
    return Imported(created, updated, unchanged, rejects.count)


def rehearse_import(
    *, rows: Rows, rejects: Rejects, source: str, progress: Progress, actor: Actor, at: datetime
) -> Imported:
    """What ``import_members`` would do: done, counted, and rolled back."""
    with transaction.atomic():
        imported = import_members(
            rows=rows, rejects=rejects, source=source, progress=progress, actor=actor, at=at
        )
        transaction.set_rollback(True)
    return imported


def _check_columns(rows: Rows) -> None:
    if len(rows.unknown_columns) > checking.ATTRIBUTE_COUNT:
        raise BadFile(_("more than %(count)d unknown columns") % {"count": checking.ATTRIBUTE_COUNT}, row=1)
    for column in rows.unknown_columns:
        if len(column) > checking.ATTRIBUTE_NAME_LENGTH or not column.isprintable():
            raise BadFile(_("not usable as the name of an attribute"), row=1, column=column)


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise ImportBusy
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:  # it ends with the session anyway
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _parsed(rows: Rows, run: _Run) -> Iterator[tuple[Parsed, Sequence[str]]]:
    parser = Parser(rows.columns, rows.unknown_columns, clock.business_day(run.at))
    seen = set()
    for number, cells in rows.cells():
        try:
            parsed = parser.parse(number, cells)
            if parsed.member_ref in seen:
                raise RowFault("member_ref", _("an earlier row has the same reference"))
        except RowFault as fault:
            run.rejects.add(number, fault.column, fault.reason, rows.row(cells))
            continue
        seen.add(parsed.member_ref)
        yield parsed, cells


def _chunks(
    found: Iterator[tuple[Parsed, Sequence[str]]], lane_count: int, run: _Run
) -> Iterator[tuple[int, _Chunk]]:
    """(lane, chunk): rows with one phone number stay in one lane, in order; a small file is one chunk."""
    first = list(islice(found, CHUNK))
    if len(first) < CHUNK:
        lane_count = 1
    filling: list[list] = [[] for _lane in range(lane_count)]
    for parsed, cells in chain(first, found):
        lane = parsed.share % lane_count
        filling[lane].append((parsed, cells))
        if len(filling[lane]) == CHUNK:
            yield lane, _placed(filling[lane], run)
            filling[lane] = []
    yield from ((lane, _placed(rest, run)) for lane, rest in enumerate(filling) if rest)


def _placed(found: list[tuple[Parsed, Sequence[str]]], run: _Run) -> _Chunk:
    rows = [parsed for parsed, _cells in found]
    new_stores = {parsed.store for parsed in rows if parsed.store} - run.stores.keys()
    new_channels = {parsed.channel for parsed in rows if parsed.channel} - run.channels.keys()
    if new_stores:
        run.stores = run.stores | stores.ensure_stores(new_stores)
    if new_channels:
        run.channels = run.channels | ensure_channels(new_channels)
    return _Chunk(rows, [cells for _parsed, cells in found], Places(run.stores, run.channels))


def _merge_committing(chunk: _Chunk, run: _Run, attempts: int = ATTEMPTS) -> Merged:
    try:
        with transaction.atomic():
            stage(chunk.rows, chunk.places)
            merged = merge(zone=clock.zone().key, source=run.source[:40], at=run.at)
            _audit(run, chunk.rows, merged)
            return merged
    except IntegrityError:  # a phone was enrolled elsewhere meanwhile: look again
        if attempts == 1:
            raise
    return _merge_committing(chunk, run, attempts - 1)


def _audit(run: _Run, chunk: list[Parsed], merged: Merged) -> None:
    changed = {name: merged.outcomes[name] for name in ("created", "updated")}
    if any(changed.values()):
        data = {**changed, "rows": f"{chunk[0].row}–{chunk[-1].row}", "file": run.source}
        audit.record(
            "members.import", actor=run.actor, subject=("import", run.source[:64]), at=run.at, data=data
        )


def _count(run: _Run, merged: Merged, chunk: _Chunk, rows: Rows) -> None:
    run.counts.update(merged.outcomes)
    if not merged.faults:
        return
    originals = {parsed.row: cells for parsed, cells in zip(chunk.rows, chunk.originals, strict=True)}
    for number, code in merged.faults:
        column, reason = _fault(code)
        run.rejects.add(number, column, reason, rows.row(originals[number]))


def _fault(code: str) -> tuple[str, str]:
    return {
        "closed": ("member_ref", _("this member is closed")),
        "guardian": ("birthday", str(GuardianConsentNeeded(None))),
        "phone_taken": ("phone", _("another member has this phone number")),
        "phone_twice": ("phone", _("an earlier row has the same phone number")),
    }[code]
