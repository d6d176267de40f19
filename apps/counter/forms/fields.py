"""Fields that take what a clerk types quickly: full-width digits, ¥ signs, dates without dashes."""

import re
import unicodedata
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core import money

DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", re.ASCII)
COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)


def plain(text: str) -> str:
    """Full-width digits and signs as their ASCII twins, no space around."""
    return unicodedata.normalize("NFKC", text).strip()


def typed(inputmode: str, **attrs) -> forms.TextInput:
    """A text box that calls up the right keyboard on a tablet."""
    return forms.TextInput(attrs={"inputmode": inputmode, "autocomplete": "off", **attrs})


class AmountField(forms.Field):
    """An amount of money, "128" or "12.30", as fen above zero and, if told, not above ``at_most``."""

    default_error_messages = {
        "invalid": _("Write the amount as 128 or 128.50, without letters or more than two decimals."),
        "nothing": _("The amount must be more than zero."),
        "too_big": _("This amount is too large for one line; please check it."),
        "large": _("Not more than %(limit)s."),
    }
    LARGEST = 10_000_000_00  # fen

    def __init__(self, *, at_most: int | None = None, **kwargs):
        super().__init__(widget=typed("decimal", maxlength=20, placeholder="0.00"), **kwargs)
        self.at_most = at_most

    def to_python(self, value):
        text = plain(value or "").removeprefix("¥").strip()
        if not text:
            return None
        try:
            fen = money.parse_fen(text)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return self._sized(fen)

    def _sized(self, fen: int) -> int:
        if fen <= 0:
            raise ValidationError(self.error_messages["nothing"], code="nothing")
        if fen > self.LARGEST:
            raise ValidationError(self.error_messages["too_big"], code="too_big")
        if self.at_most is not None and fen > self.at_most:
            limit = {"limit": f"¥{money.format_fen(self.at_most)}"}
            raise ValidationError(self.error_messages["large"], code="large", params=limit)
        return fen


class WholeField(forms.Field):
    """A whole number within bounds, typed in ASCII or full-width digits."""

    default_error_messages = {
        "invalid": _("Write a whole number."),
        "small": _("Not less than %(limit)s."),
        "large": _("Not more than %(limit)s."),
    }

    def __init__(self, *, at_least: int = 0, at_most: int, shown: str = "0", **kwargs):
        super().__init__(widget=typed("numeric", maxlength=9, placeholder=shown), **kwargs)
        self.at_least, self.at_most = at_least, at_most

    def to_python(self, value):
        text = plain(value or "")
        if not text:
            return None
        if not re.fullmatch(r"\d+", text, re.ASCII):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return self._bounded(int(text))

    def _bounded(self, number: int) -> int:
        for broken, code, limit in (
            (number < self.at_least, "small", self.at_least),
            (number > self.at_most, "large", self.at_most),
        ):
            if broken:
                raise ValidationError(self.error_messages[code], code=code, params={"limit": f"{limit:,}"})
        return number


class DayField(forms.Field):
    """A day typed as 19900305, 1990-3-5, 1990/03/05 or 1990年3月5日."""

    default_error_messages = {"invalid": _("Write the day as 19900305 or 1990-03-05.")}

    def __init__(self, **kwargs):
        super().__init__(widget=typed("numeric", maxlength=12, placeholder="19900305"), **kwargs)

    def to_python(self, value):
        text = plain(value or "")
        if not text:
            return None
        try:
            return _day(text)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


def _day(text: str) -> date:
    found = COMPACT_DATE.fullmatch(text) or DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return date(*map(int, found.groups()))
