"""Reading a list of awards, pasted or as a file: every row is checked before anything happens.

A row names a member (number, reference or phone), points, and perhaps a last day. Columns may be headed in
English or Chinese; a pasted list may leave the heading out.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from apps.core import csvfile, sealing
from apps.members import numbers, phones
from apps.members import queries as members
from apps.members.errors import InvalidPhone
from apps.members.models import Member, MemberStatus
from apps.points.services import ListRow

COLUMNS = ("member", "points", "expires_on")
HEADINGS = {"会员": "member", "會員": "member", "积分": "points", "積分": "points", "有效期至": "expires_on"}
MOST_ROWS = 50_000
MOST_POINTS = 10_000_000
SHOWN = 50
_BETWEEN = re.compile(r"[\t ,，;；]+")
_WHOLE = re.compile(r"[0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one line."""

    line: int
    column: str
    text: str


@dataclass
class Checked:
    """A list as it was understood: rows when nothing is wrong, else the errors."""

    rows: list[ListRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    @property
    def shown(self) -> list[RowError]:
        return self.errors[:SHOWN]


def as_csv(pasted: str) -> bytes:
    """A pasted list as the file it stands for."""
    lines = [_BETWEEN.split(line.strip()) for line in pasted.splitlines() if line.strip()]
    if lines and not _is_heading(lines[0]):
        lines.insert(0, list(COLUMNS[: max(map(len, lines))]))
    width = max(map(len, lines), default=0)
    return "\n".join(",".join([*cells, *[""] * (width - len(cells))]) for cells in lines).encode()


def check(content: bytes, *, staff: Any, today: date) -> Checked:
    """Read and check the whole list. Raises csvfile.BadFile when it can't be read as a list at all."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "list.csv")
        path.write_bytes(_headed(content))
        with csvfile.open_rows(path, required=COLUMNS[:2], known=COLUMNS) as opened:
            lines = list(_limited(opened))
    return _checked(lines, staff, today)


def _limited(opened: Iterable[tuple[int, csvfile.Row]]) -> Iterator[tuple[int, csvfile.Row]]:
    for count, line in enumerate(opened, 1):
        if count > MOST_ROWS:
            raise csvfile.BadFile(_("more than %(most)d rows: send it in parts") % {"most": MOST_ROWS})
        yield line


def _checked(lines: list[tuple[int, csvfile.Row]], staff: Any, today: date) -> Checked:
    found, seen, known = Checked(), {}, _members([row["member"] for _line, row in lines], staff)
    if not lines:
        found.errors.append(RowError(1, "", _("the list is empty")))
    for line, row in lines:
        problems = list(_problems(row, known, seen, today))
        if problems:
            found.errors += [RowError(line, column, text) for column, text in problems]
            continue
        member = known[row["member"]]
        seen[member.pk] = line
        until = date.fromisoformat(row["expires_on"]) if row.get("expires_on") else None
        found.rows.append(ListRow(line, member.pk, int(row["points"]), until))
    return found


def _problems(
    row: csvfile.Row, known: dict[str, Member], seen: dict[int, int], today: date
) -> Iterator[tuple[str, str]]:
    member = known.get(row["member"])
    if member is None:
        yield "member", _("no member %(text)s") % {"text": row["member"] or "–"}
    elif member.status != MemberStatus.ACTIVE:
        yield "member", _("member %(text)s is not active") % {"text": row["member"]}
    elif member.pk in seen:
        yield "member", _("the member is in line %(line)d already") % {"line": seen[member.pk]}
    if not _WHOLE.fullmatch(row["points"]) or not 0 < int(row["points"]) <= MOST_POINTS:
        yield "points", _("not a whole number from 1 to %(most)s") % {"most": f"{MOST_POINTS:,}"}
    if row.get("expires_on"):
        yield from _day_problems(row["expires_on"], today)


def _day_problems(text: str, today: date) -> Iterator[tuple[str, str]]:
    try:
        is_over = date.fromisoformat(text) < today
    except ValueError:
        yield "expires_on", _("not a date (YYYY-MM-DD)")
        return
    if is_over:
        yield "expires_on", _("this day is over")


def _members(texts: Iterable[str], staff: Any) -> dict[str, Member]:
    """Who each text means, among the members the staff member sees: a number, a reference, or a phone."""
    wanted = {text for text in texts if text}
    seen = members.members_for(staff).only("number", "member_ref", "phone_hash", "status")
    by_number = {numbers.from_scan(text) or text: text for text in wanted}
    by_phone = {bytes(sealing.blind_index(phone)): text for text in wanted if (phone := _phone(text))}
    found = {by_phone[bytes(row.phone_hash)]: row for row in seen.filter(phone_hash__in=list(by_phone))}
    found |= {row.member_ref: row for row in seen.filter(member_ref__in=wanted)}
    return found | {by_number[row.number]: row for row in seen.filter(number__in=list(by_number))}


def _phone(text: str) -> str:
    try:
        return phones.normalise(text)
    except InvalidPhone:
        return ""


def _headed(content: bytes) -> bytes:
    """The heading in the names known here."""
    first, newline, rest = content.partition(b"\n")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            heading = first.decode(encoding)
        except UnicodeDecodeError:
            continue
        for name, known in HEADINGS.items():
            heading = heading.replace(name, known)
        return heading.encode("utf-8" if encoding == "utf-8-sig" else encoding) + newline + rest
    return content


def _is_heading(cells: list[str]) -> bool:
    return cells[0].lower() == "member" or cells[0] in HEADINGS
