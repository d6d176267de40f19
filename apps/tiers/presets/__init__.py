"""Ready-made programmes: files like any other, which an operator edits after creating one."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Preset:
    """A file and what it is, in plain words."""

    code: str
    title: Any
    words: Any

    @property
    def definition(self) -> dict[str, Any]:
        return _read(self.code)


PRESETS = (
    Preset(
        "four-levels",
        _("Four levels with inherited rights"),
        _(
            "One growth per yuan, counted over twelve months. Each level has all rights of those below it;"
            " who falls short has 30 days, then falls by one level."
        ),
    ),
    Preset(
        "activity-days",
        _("Level by active days"),
        _("One growth for each day on which a member does something. It adds up for life and nobody falls."),
    ),
    Preset(
        "seven-levels",
        _("Seven levels with yearly partial reclaim"),
        _(
            "Growth for money, variety of categories and of behaviour. At the end of each year the level is"
            " worked out anew and 30% of the growth is taken back."
        ),
    ),
)


def preset(code: str) -> Preset | None:
    """The preset of this code."""
    return next((each for each in PRESETS if each.code == code), None)


@cache
def _read(code: str) -> dict[str, Any]:
    return json.loads((HERE / f"{code}.json").read_text(encoding="utf-8"))
