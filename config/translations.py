"""Compiled message catalogues: made from the .po files wherever they are missing or older.

Needs no gettext on the machine. A compiled file carries the time of its source, so that checking is
one look at two files.
"""

import os
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_stale(locale: Path = LOCALE) -> list[Path]:
    """Compile every catalogue whose compiled file isn't of its age; return those sources."""
    stale = [source for source in sorted(locale.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    for source in stale:
        _compile(source)
    return stale


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime_ns != source.stat().st_mtime_ns


def _compile(source: Path) -> None:
    facts = source.stat()
    draft = source.with_suffix(f".{os.getpid()}.mo.new")
    try:
        polib.pofile(str(source), encoding="utf-8").save_as_mofile(str(draft))
        os.utime(draft, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        draft.replace(source.with_suffix(".mo"))
    finally:
        draft.unlink(missing_ok=True)


if __name__ == "__main__":
    compile_stale()
