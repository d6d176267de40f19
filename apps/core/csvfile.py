"""CSV as people really send it: UTF-8 or GB18030, BOM or none, plain or gzipped, columns in any order.

``open_rows`` refuses a file that can't be read as a whole; a single malformed row goes to the
``Rejects`` it was given. Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, zip_longest
from pathlib import Path
from threading import Lock
from typing import IO, Self

from django.utils.translation import gettext as _

from apps.core.errors import LaurelError

Row = dict[str, str]
CHUNK = 1 << 20
DELIMITERS = ",;\t"
REJECT_COLUMNS = ("rejected_row", "rejected_column", "rejected_reason")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a cell begins with that a spreadsheet runs
BINARY_MARKS = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf"}


class BadFile(LaurelError):
    """The file as a whole can't be taken. ``row`` and ``column`` say where, if one place is to blame."""

    def __init__(self, reason: str, *, row: int | None = None, column: str = ""):
        super().__init__(reason)
        self.reason, self.row, self.column = reason, row, column


class Rejects:
    """The rows that were not taken, written to ``path`` with the reason; no file while there are none.

    The file keeps the original columns, so it can be corrected and imported again: ``open_rows``
    skips the three columns added in front, and the quotes that keep a spreadsheet from running formulas.
    """

    def __init__(self, path: Path | str, on_add: Callable[[int, str, str], None] | None = None):
        self.path, self.count = Path(path), 0
        self._on_add = on_add
        self._lock = Lock()  # rows may be read in one thread and written in another
        self._file: IO[str] | None = None
        self._writer = None

    def add(self, row_number: int, column: str, reason: str, row: Mapping[str, str]) -> None:
        """Note that a row was refused because of one column (empty: the row as a whole)."""
        with self._lock:
            if self._writer is None:
                self._start(row)
            place = dict(zip(REJECT_COLUMNS, (row_number, column, reason), strict=True))
            self._writer.writerow({name: neutral(str(cell)) for name, cell in {**row, **place}.items()})
            self.count += 1
            if self._on_add is not None:
                self._on_add(row_number, column, reason)

    def _start(self, row: Mapping[str, str]) -> None:
        try:
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise BadFile(
                _("the file for rejected rows can't be written: %(error)s") % {"error": error}
            ) from error
        self._writer = csv.DictWriter(self._file, [*REJECT_COLUMNS, *row], extrasaction="ignore")
        self._writer.writerow({name: neutral(name) for name in self._writer.fieldnames})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._file is not None:
            self._file.close()


class Rows:
    """An open CSV file: iterate for (row number, {column: stripped text}), or over ``cells`` for lists."""

    holds_nul = False  # some row does: each is looked at then
    was_rejected = False  # a file of rejects, corrected: its cells were neutralised

    def __init__(self, text: IO[str], raw: IO[bytes], known: Iterable[str], rejects: Rejects | None):
        self._text, self._raw, self._rejects = text, raw, rejects
        self.size = raw.seek(0, io.SEEK_END)
        raw.seek(0)
        self._reader = csv.reader(text, delimiter=_delimiter(text), strict=True)
        self._header = self._read_header({name.lower() for name in known})
        self._named = [place for place, name in enumerate(self._header) if name]
        self.columns = [self._header[place] for place in self._named]
        self.unknown_columns = [name for name in self.columns if name not in set(known)]

    @property
    def position(self) -> int:
        """Bytes of the file read so far, of ``size``."""
        return self._raw.tell()

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        for number, cells in self.cells():
            yield number, self.row(cells)

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """The rows as (row number, stripped cells in the order of ``columns``): quicker by the million."""
        named = self._named if len(self._named) < len(self._header) else None
        for number, cells, fault in self._numbered():
            if fault:
                self._refuse(number, cells, fault)
            elif named is None and len(cells) == len(self._header):
                yield number, list(map(str.strip, cells))
            else:
                found = [cells[place].strip() for place in self._named]
                yield number, list(map(_as_given, found)) if self.was_rejected else found

    def row(self, cells: Iterable[str]) -> Row:
        """Cells as ``cells`` gave them, by their columns."""
        return dict(zip(self.columns, cells, strict=True))

    def _refuse(self, number: int, cells: list[str], fault: str) -> None:
        if self._rejects is None:
            raise BadFile(fault, row=number)
        row = {n: c.strip() for n, c in zip_longest(self._header, cells, fillvalue="") if n}
        self._rejects.add(number, "", fault, row)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._text.close()
        self._raw.close()

    def _numbered(self) -> Iterator[tuple[int, list[str], str]]:
        width = len(self._header)
        for number in count(2):
            line = self._reader.line_num
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                fault = _("not readable as CSV: %(error)s") % {"error": error}
                if self._reader.line_num > line + 1:  # an open quote swallowed other rows
                    raise BadFile(fault, row=number) from error
                yield number, [], fault
                continue
            if any(cells):
                is_whole = len(cells) == width and not self.holds_nul
                yield number, cells, "" if is_whole else self._fault(cells)

    def _fault(self, cells: list[str]) -> str:
        if len(cells) > len(self._header) and any(cells[len(self._header) :]):
            return _("%(found)d cells where the header has %(expected)d") % {
                "found": len(cells),
                "expected": len(self._header),
            }
        if len(cells) < len(self._header):
            return _("only %(found)d of %(expected)d cells: the row is cut off") % {
                "found": len(cells),
                "expected": len(self._header),
            }
        if "\0" in "".join(cells):
            return _("contains a NUL character")
        return ""

    def _read_header(self, known: set[str]) -> list[str]:
        try:
            cells = [cell.strip() for cell in next(self._reader)]
        except StopIteration:
            raise BadFile(_("the file is empty"), row=1) from None
        except csv.Error as error:
            raise BadFile(_("not readable as CSV: %(error)s") % {"error": error}, row=1) from error
        names = [name.lower() if name.lower() in known else name for name in cells]
        self.was_rejected = set(REJECT_COLUMNS) <= set(names)
        names = ["" if name in REJECT_COLUMNS else name for name in names]
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise BadFile(_("the header names a column twice"), row=1, column=min(twice))
        return names


def open_rows(
    path: Path | str, *, required: Iterable[str], known: Iterable[str], rejects: Rejects | None = None
) -> Rows:
    """Open a CSV file for reading. Raises BadFile when it can't be read or lacks a required column.

    A malformed row goes to ``rejects``; without one it raises BadFile while iterating.
    """
    path = Path(path)
    try:
        encoding, holds_nul = _encoding(path)
        raw = path.open("rb")
        packed = gzip.GzipFile(fileobj=raw) if _is_gzip(path) else raw
        rows = Rows(io.TextIOWrapper(packed, encoding=encoding, newline=""), raw, known, rejects)
        rows.holds_nul = holds_nul
    except OSError as error:
        raise BadFile(_("can't be read: %(error)s") % {"error": error.strerror or error}) from error
    missing = [name for name in required if name not in rows.columns]
    if missing:
        rows.__exit__()
        raise BadFile(_("the required column is missing"), row=1, column=", ".join(missing))
    return rows


def rejects_path(path: Path | str) -> Path:
    """Where rejected rows of a file go unless said otherwise: ``members.csv`` → ``members.rejected.csv``."""
    path = Path(path)
    stem = path.name.removesuffix(".gz").removesuffix(".csv")
    return path.with_name(f"{stem}.rejected.csv")


def neutral(cell: str) -> str:
    """A cell a spreadsheet won't run: what begins like a formula gets a quote in front; a number stays."""
    return f"'{cell}" if cell[:1] in FORMULA and not _NEGATIVE.fullmatch(cell) else cell


_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?")


def _as_given(cell: str) -> str:
    """A cell of a rejects file as it was before ``neutral``."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA and len(cell) > 1 else cell


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _encoding(path: Path) -> tuple[str, bool]:
    """How a file is written, and whether it holds a NUL character."""
    with path.open("rb") as file:
        head = file.read(4)
    if head in BINARY_MARKS:
        raise BadFile(
            _("this is a %(kind)s file: save it as CSV and import that") % {"kind": BINARY_MARKS[head]}
        )
    for encoding in ("utf-8-sig", "gb18030") if head[:2] not in (b"\xff\xfe", b"\xfe\xff") else ("utf-16",):
        holds_nul = _scan(path, encoding)
        if holds_nul is not None:
            return encoding, holds_nul
    raise BadFile(_("the text is neither UTF-8 nor GB18030: save the file as UTF-8"))


def _scan(path: Path, encoding: str) -> bool | None:
    """Whether the text holds a NUL character; None when it is not in this encoding."""
    decoder, holds_nul = codecs.getincrementaldecoder(encoding)(), False
    opened = gzip.open if _is_gzip(path) else open
    try:
        with opened(path, "rb") as file:
            while chunk := file.read(CHUNK):
                holds_nul |= "\0" in decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadFile(_("the gzip file is damaged or cut off")) from error
    return holds_nul


def _delimiter(text: IO[str]) -> str:
    line = text.readline()
    text.seek(0)
    return max(DELIMITERS, key=line.count)
