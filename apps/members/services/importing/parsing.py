"""One row of a members file made ready for the staging table, or refused with its column and reason."""

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.core import clock, sealing
from apps.core.csvfile import Row
from apps.members import phones, rules
from apps.members.errors import InvalidBirthday, InvalidPhone, MembersError

REQUIRED = ("member_ref",)
KNOWN = (
    "member_ref",
    "name",
    "phone",
    "gender",
    "birthday",
    "joined_on",
    "store",
    "channel",
    "marketing_consent",
    "guardian_consent",
)
GENDERS = {"": "\\N", "female": "female", "male": "male", "女": "female", "男": "male"}
ANSWERS = {"": "\\N", "yes": "t", "no": "f", "是": "t", "否": "f"}
REF_LENGTH, CODE_LENGTH, ATTRIBUTE_LENGTH = 64, 40, 1000
EARLIEST = date(1900, 1, 1)
_AS_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RowFault(MembersError):
    """A row can't be taken because of one column."""

    def __init__(self, column: str, reason: str):
        super().__init__(column, reason)
        self.column, self.reason = column, reason


class Parsed(NamedTuple):
    """A row made ready: what the merge looks at, and ``cells`` as COPY takes them, see ``CELLS``."""

    row: int
    member_ref: str
    store: str | None
    channel: str | None
    cells: str


CELLS = (
    "row",
    "member_ref",
    "name",
    "gender",
    "birthday",
    "is_child",
    "phone_hash",
    "phone_sealed",
    "phone_last4",
    "joined_at",
    "marketing",
    "guardian",
    "attributes",
)
NULL = "\\N"


def parse(number: int, row: Row, extras: Sequence[str], day: date) -> Parsed:
    """A row made ready; ``extras`` are the columns that become attributes. Raises RowFault."""
    ref = _ref(row["member_ref"])
    birthday = _birthday(row.get("birthday", ""), day)
    cells = (
        str(number),
        _escaped(ref),
        _escaped(_text(row, "name", rules.NAME_LENGTH)),
        _choice(row, "gender", GENDERS, "female, male"),
        birthday.isoformat() if birthday else NULL,
        "t" if rules.needs_guardian(birthday, day) else "f",
        *_phone(row.get("phone", "")),
        _joined_at(row.get("joined_on", ""), day),
        _choice(row, "marketing_consent", ANSWERS, "yes, no"),
        _choice(row, "guardian_consent", ANSWERS, "yes, no"),
        _escaped(_attributes(row, extras)),
    )
    store, channel = _text(row, "store", CODE_LENGTH), _text(row, "channel", CODE_LENGTH)
    return Parsed(number, ref, store, channel, "\t".join(cells))


def _escaped(text: str | None) -> str:
    """A text as COPY takes it; the cleaning before has left no tabs and line ends."""
    if text is None:
        return NULL
    return text.replace("\\", "\\\\") if "\\" in text else text


def _ref(text: str) -> str:
    if not text:
        raise RowFault("member_ref", _("is empty"))
    if len(text) > REF_LENGTH:
        raise RowFault("member_ref", _("longer than %(count)d characters") % {"count": REF_LENGTH})
    if not text.isprintable():
        raise RowFault("member_ref", _("contains control characters"))
    return text


def _text(row: Row, column: str, length: int) -> str | None:
    text = rules.clean_text(row.get(column, ""))
    if len(text) > length:
        raise RowFault(column, _("longer than %(count)d characters") % {"count": length})
    return text or None


def _choice(row: Row, column: str, choices: dict[str, str], allowed: str) -> str:
    text = row.get(column, "")
    try:
        return choices[text.lower()]
    except KeyError:
        raise RowFault(column, _("must be one of %(allowed)s, or empty") % {"allowed": allowed}) from None


def _phone(text: str) -> tuple[str, str, str]:
    if not text:
        return NULL, NULL, NULL
    try:
        phone = phones.normalise(text)
    except InvalidPhone as fault:
        raise RowFault("phone", str(fault)) from fault
    return _bytea(sealing.blind_index(phone)), _bytea(sealing.seal(phone)), phone[-4:]


def _bytea(value: bytes) -> str:
    return "\\\\x" + value.hex()


def _birthday(text: str, day: date) -> date | None:
    if not text:
        return None
    birthday = _date("birthday", text)
    if fault := rules.birthday_fault(birthday, day):
        raise RowFault("birthday", str(InvalidBirthday(fault)))
    return birthday


def _joined_at(text: str, day: date) -> str:
    if not text:
        return NULL
    joined_on = _date("joined_on", text)
    if joined_on > day:
        raise RowFault("joined_on", _("lies in the future"))
    if joined_on < EARLIEST:
        raise RowFault("joined_on", _("is before 1900"))
    return _day_start(joined_on)


@lru_cache(maxsize=4096)
def _day_start(day: date) -> str:
    return clock.day_start(day).isoformat()


def _date(column: str, text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # the shape is right, the day does not exist: the same refusal
    raise RowFault(column, _("not a date: write it as 2026-01-31"))


def _attributes(row: Row, extras: Sequence[str]) -> str:
    told = {column: row[column] for column in extras if row[column]}
    for column, text in told.items():
        if len(text) > ATTRIBUTE_LENGTH:
            raise RowFault(column, _("longer than %(count)d characters") % {"count": ATTRIBUTE_LENGTH})
        if not text.isprintable():
            told[column] = rules.clean_text(text)
    return _AS_JSON(told) if told else "{}"
