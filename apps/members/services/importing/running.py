"""A run over a whole file: rows are parsed into chunks, each merged and audited in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from apps.core import audit, clock
from apps.core.audit import Actor
from apps.core.csvfile import BadFile, Rejects, Row, Rows
from apps.members.errors import GuardianConsentNeeded, MembersError
from apps.members.services import checking
from apps.members.services.channels import ensure_channels
from apps.members.services.importing.ahead import Ahead
from apps.members.services.importing.merging import Merged, Places, merge, stage
from apps.members.services.importing.parsing import Parsed, RowFault, parse
from apps.stores import services as stores

CHUNK = 10_000
ATTEMPTS = 3
LOCK = 7_301_001  # the advisory lock of the one import that may run at a time
Progress = Callable[[int], None]


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


def import_members(
    *, rows: Rows, rejects: Rejects, source: str, progress: Progress, actor: Actor, at: datetime
) -> Imported:
    """Import an open file; refused rows go to ``rejects``, ``progress`` hears the bytes read.

    ``source`` names the file in the audit and on consent events. Raises BadFile, ImportBusy; chunks
    finished before that stay imported.
    """
    _check_columns(rows)
    run = _Run(rejects, actor, at, source)
    with _alone():
        coming = Ahead(_chunks(rows, run))
        for chunk, originals in coming:
            merged = _merge_committing(chunk, run, coming.prepare)
            _count(run, merged, originals)
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


def _chunks(rows: Rows, run: _Run) -> Iterator[tuple[list[Parsed], dict[int, Row]]]:
    day, extras, seen = clock.business_day(run.at), rows.unknown_columns, set()
    chunk, originals = [], {}
    for number, row in rows:
        try:
            parsed = parse(number, row, extras, day)
            if parsed.member_ref in seen:
                raise RowFault("member_ref", _("an earlier row has the same reference"))
        except RowFault as fault:
            run.rejects.add(number, fault.column, fault.reason, row)
            continue
        seen.add(parsed.member_ref)
        chunk.append(parsed)
        originals[number] = row
        if len(chunk) == CHUNK:
            yield chunk, originals
            chunk, originals = [], {}
    if chunk:
        yield chunk, originals


def _merge_committing(
    chunk: list[Parsed], run: _Run, staged: Callable[[], None], attempts: int = ATTEMPTS
) -> Merged:
    places = _places(chunk, run)
    try:
        with transaction.atomic():
            stage(chunk, places)
            staged()
            merged = merge(zone=clock.zone().key, source=run.source[:40], at=run.at)
            _audit(run, chunk, merged)
            return merged
    except IntegrityError:  # a phone was enrolled elsewhere meanwhile: look again
        if attempts == 1:
            raise
    return _merge_committing(chunk, run, staged, attempts - 1)


def _places(chunk: list[Parsed], run: _Run) -> Places:
    new_stores = {parsed.store for parsed in chunk if parsed.store} - run.stores.keys()
    new_channels = {parsed.channel for parsed in chunk if parsed.channel} - run.channels.keys()
    if new_stores:
        run.stores.update(stores.ensure_stores(new_stores))
    if new_channels:
        run.channels.update(ensure_channels(new_channels))
    return Places(run.stores, run.channels)


def _audit(run: _Run, chunk: list[Parsed], merged: Merged) -> None:
    changed = {name: merged.outcomes[name] for name in ("created", "updated")}
    if any(changed.values()):
        data = {**changed, "rows": f"{chunk[0].row}–{chunk[-1].row}", "file": run.source}
        audit.record(
            "members.import", actor=run.actor, subject=("import", run.source[:64]), at=run.at, data=data
        )


def _count(run: _Run, merged: Merged, originals: dict[int, Row]) -> None:
    run.counts.update(merged.outcomes)
    for number, code in merged.faults:
        column, reason = _fault(code)
        run.rejects.add(number, column, reason, originals[number])


def _fault(code: str) -> tuple[str, str]:
    return {
        "closed": ("member_ref", _("this member is closed")),
        "guardian": ("birthday", str(GuardianConsentNeeded(None))),
        "phone_taken": ("phone", _("another member has this phone number")),
        "phone_twice": ("phone", _("an earlier row has the same phone number")),
    }[code]
