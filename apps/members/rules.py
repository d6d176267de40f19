"""What decides about people, without a database.

A *surname* is the first character of a Chinese name, or two where it is a compound surname. A child
under 14 full years on a business day needs a *guardian's consent*; someone born on 29 February turns
a year older on 1 March of a common year. Names are kept as given, without control characters.
"""

import unicodedata
from datetime import date

GUARDIAN_AGE = 14
OLDEST_AGE = 130
NAME_LENGTH = 60
POLICY_VERSION = "1"
_PAIRS = (
    "欧阳司马上官诸葛司徒东方皇甫尉迟公孙慕容令狐宇文长孙司空夏侯轩辕端木百里东郭南宫西门独孤申屠太史澹台公冶濮阳"
    "淳于单于仲孙钟离闻人呼延赫连拓跋完颜纳兰歐陽司馬諸葛東方長孫軒轅東郭南宮西門獨孤鍾離聞人呼延赫連納蘭"
)
COMPOUND_SURNAMES = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))


def birthday_in(birthday: date, year: int) -> date:
    """The day someone turns a year older in a year."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age_on(birthday: date, day: date) -> int:
    """Full years lived on a day."""
    return day.year - birthday.year - (day < birthday_in(birthday, day.year))


def needs_guardian(birthday: date | None, day: date) -> bool:
    """Whether the person is a child whose data needs a guardian's consent."""
    return birthday is not None and age_on(birthday, day) < GUARDIAN_AGE


def birthday_fault(birthday: date | None, day: date) -> str:
    """Why a birthday can't be true on a day: ``future``, ``too_old``, or empty."""
    if birthday is None:
        return ""
    if birthday > day:
        return "future"
    return "too_old" if age_on(birthday, day) > OLDEST_AGE else ""


def surname_of(name: str) -> str:
    """The surname a clerk would say: ``欧阳`` of 欧阳娜娜, ``王`` of 王伟, ``Smith`` of John Smith."""
    name = name.strip()
    if name[:2] in COMPOUND_SURNAMES:
        return name[:2]
    return name.split()[-1] if name.isascii() and name else name[:1]


def clean_text(text: str) -> str:
    """Text without control and formatting characters, runs of blanks made one."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    kept = (" " if c in "\t\r\n" else c for c in text if c in "\t\r\n" or unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).split())
