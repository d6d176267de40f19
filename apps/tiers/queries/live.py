"""The published programmes, understood once per process and stamp of the rulebook.

Publishing a programme changes the stamp of the rulebook (a trigger of the table does it), so whoever knows
the stamp that is in force knows the programmes without asking.
"""

from dataclasses import dataclass
from datetime import datetime

from apps.tiers import rules
from apps.tiers.errors import UnknownProgramme
from apps.tiers.models import Level, Programme, ProgrammeState, ProgrammeVersion


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """A published wording with the keys of its levels, by rank."""

    id: int
    number: int
    starts_at: datetime
    spec: rules.ProgrammeSpec
    level_ids: tuple[int, ...]

    def rank_of(self, level_id: int) -> int | None:
        """The level's place here; None when this wording has no such level."""
        return self.level_ids.index(level_id) if level_id in self.level_ids else None


@dataclass(frozen=True, slots=True)
class LiveProgramme:
    """A programme in force and its published versions, oldest first."""

    id: int
    code: str
    name: str
    begins_at: datetime | None
    versions: tuple[LiveVersion, ...]

    @property
    def asset(self) -> str:
        return asset_code(self.code)

    def at(self, instant: datetime) -> LiveVersion:
        """The wording of an instant; the first one also tells of what was before it."""
        started = [version for version in self.versions if version.starts_at <= instant]
        return max(started, key=lambda version: (version.starts_at, version.number), default=self.versions[0])

    def numbered(self, number: int) -> LiveVersion:
        return next(version for version in self.versions if version.number == number)


@dataclass
class _Known:
    stamp: int | None = None
    programmes: tuple[LiveProgramme, ...] = ()


_known = _Known()


def asset_code(programme_code: str) -> str:
    """The ledger's asset that a programme's growth is."""
    return f"growth:{programme_code}"


def live_programmes(stamp: int | None = None) -> tuple[LiveProgramme, ...]:
    """The programmes in force; without a query when ``stamp`` is the one they were read under."""
    known = _known
    if stamp is not None and known.stamp == stamp:
        return known.programmes
    found = _read()
    if stamp is not None:
        known.stamp, known.programmes = None, found
        known.stamp = stamp
    return found


def live_programme(code: str) -> LiveProgramme:
    """A programme in force. Raises UnknownProgramme."""
    for programme in live_programmes():
        if programme.code == code:
            return programme
    raise UnknownProgramme(code)


def _read() -> tuple[LiveProgramme, ...]:
    versions: dict[int, list[ProgrammeVersion]] = {}
    rows = ProgrammeVersion.objects.filter(
        programme__state=ProgrammeState.LIVE, published_at__isnull=False
    ).select_related("programme")
    for row in rows.order_by("programme", "number"):
        versions.setdefault(row.programme_id, []).append(row)
    if not versions:
        return ()
    levels = {
        (programme_id, code): pk
        for pk, programme_id, code in Level.objects.values_list("pk", "programme_id", "code")
    }
    return tuple(_programme(rows[0].programme, rows, levels) for rows in versions.values())


def _programme(
    row: Programme, versions: list[ProgrammeVersion], levels: dict[tuple[int, str], int]
) -> LiveProgramme:
    told = []
    for version in versions:
        spec = rules.from_json(version.definition)
        ids = tuple(levels[row.pk, level.code] for level in spec.levels)
        told.append(LiveVersion(version.pk, version.number, version.starts_at, spec, ids))
    return LiveProgramme(row.pk, row.code, row.name, row.begins_at, tuple(told))
