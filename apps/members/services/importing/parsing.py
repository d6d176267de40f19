"""One row of a members file made ready for the staging table, or refused with its column and reason."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core import clock, sealing
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
    """A row made ready: what the merge looks at, and ``cells`` as COPY takes them, see ``CELLS``.

    Rows with one phone number have one ``share``.
    """

    row: int
    member_ref: str
    share: int
    store: str | None
    channel: str | None
    cells: str


CELLS = (
    "row",
    "member_ref",
    "birthday",
    "is_child",
    "name",
    "gender",
    "phone_hash",
    "phone_sealed",
    "phone_last4",
    "joined_at",
    "marketing",
    "guardian",
    "attributes",
)
NULL = "\\N"
_BLANK = -1  # the place of the empty cell put behind each row
_NO_PHONE = f"{NULL}\t{NULL}\t{NULL}"


class Parser:
    """Makes the rows of one file ready; ``extras`` are the columns that become attributes.

    Texts that come again and again, as days and codes do, are looked at once.
    """

    def __init__(self, columns: Sequence[str], extras: Sequence[str], day: date):
        places = {name: place for place, name in enumerate(columns)}
        self._pick = itemgetter(*(places.get(name, _BLANK) for name in KNOWN))
        self._told = itemgetter(*(places[name] for name in extras), _BLANK)
        self._region, self._ring = settings.DEFAULT_PHONE_REGION, sealing.ring()
        self._birthday = _remembered(partial(_birthday, day=day))
        self._joined_at = _remembered(partial(_joined_at, day=day))
        self._attributes = _remembered(partial(_attributes, extras=extras), size=256)

    def parse(self, number: int, cells: Sequence[str]) -> Parsed:
        """A row made ready. Raises RowFault."""
        cells = (*cells, "")  # what a column that isn't there says
        ref, name, phone, gender, birthday, joined_on, store, channel, marketing, guardian = self._pick(cells)
        _check_ref(ref)
        share, phone_cells = self._phone(phone) if phone else (number, _NO_PHONE)
        line = (
            str(number),
            _escaped(ref),
            self._birthday(birthday),
            _escaped(_text("name", name, rules.NAME_LENGTH)),
            _gender(gender),
            phone_cells,
            self._joined_at(joined_on),
            _answer("marketing_consent", marketing),
            _answer("guardian_consent", guardian),
            self._attributes(self._told(cells)),
        )
        store, channel = _code("store", store), _code("channel", channel)
        return Parsed(number, ref, share, store, channel, "\t".join(line))

    def _phone(self, text: str) -> tuple[int, str]:
        try:
            phone = phones.normalise(text, self._region)
        except InvalidPhone as fault:
            raise RowFault("phone", str(fault)) from fault
        hashed, sealed = self._ring.blind_index(phone), self._ring.seal(phone)
        return hashed[0], f"\\\\x{hashed.hex()}\t\\\\x{sealed.hex()}\t{phone[-4:]}"


def _remembered(look: Callable[[Any], str], size: int = 65_536) -> Callable[[Any], str]:
    return lru_cache(maxsize=size)(look)


def _escaped(text: str | None) -> str:
    """A text as COPY takes it; the cleaning before has left no tabs and line ends."""
    if text is None:
        return NULL
    return text.replace("\\", "\\\\") if "\\" in text else text


def _check_ref(text: str) -> None:
    if not text:
        raise RowFault("member_ref", _("is empty"))
    if len(text) > REF_LENGTH:
        raise RowFault("member_ref", _("longer than %(count)d characters") % {"count": REF_LENGTH})
    if not text.isprintable():
        raise RowFault("member_ref", _("contains control characters"))


def _text(column: str, text: str, length: int) -> str | None:
    text = rules.clean_text(text)
    if len(text) > length:
        raise RowFault(column, _("longer than %(count)d characters") % {"count": length})
    return text or None


@lru_cache(maxsize=4096)
def _code(column: str, text: str) -> str | None:
    return _text(column, text, CODE_LENGTH)


@lru_cache(maxsize=64)
def _gender(text: str) -> str:
    return _choice("gender", text, GENDERS, "female, male")


@lru_cache(maxsize=64)
def _answer(column: str, text: str) -> str:
    return _choice(column, text, ANSWERS, "yes, no")


def _choice(column: str, text: str, choices: dict[str, str], allowed: str) -> str:
    try:
        return choices[text.lower()]
    except KeyError:
        raise RowFault(column, _("must be one of %(allowed)s, or empty") % {"allowed": allowed}) from None


def _birthday(text: str, day: date) -> str:
    """The birthday and whether it makes a child."""
    if not text:
        return f"{NULL}\tf"
    birthday = _date("birthday", text)
    if fault := rules.birthday_fault(birthday, day):
        raise RowFault("birthday", str(InvalidBirthday(fault)))
    return f"{birthday.isoformat()}\t{'t' if rules.needs_guardian(birthday, day) else 'f'}"


def _joined_at(text: str, day: date) -> str:
    if not text:
        return NULL
    joined_on = _date("joined_on", text)
    if joined_on > day:
        raise RowFault("joined_on", _("lies in the future"))
    if joined_on < EARLIEST:
        raise RowFault("joined_on", _("is before 1900"))
    return clock.day_start(joined_on).isoformat()


def _date(column: str, text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # the shape is right, the day does not exist: the same refusal
    raise RowFault(column, _("not a date: write it as 2026-01-31"))


def _attributes(texts: Sequence[str], extras: Sequence[str]) -> str:
    told = {column: text for column, text in zip(extras, texts, strict=False) if text}
    for column, text in told.items():
        if len(text) > ATTRIBUTE_LENGTH:
            raise RowFault(column, _("longer than %(count)d characters") % {"count": ATTRIBUTE_LENGTH})
        if not text.isprintable():
            told[column] = rules.clean_text(text)
    return _escaped(_AS_JSON(told)) if told else "{}"
