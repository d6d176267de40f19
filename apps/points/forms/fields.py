"""Fields that people fill in in their own units and rules keep in whole numbers."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core import money
from apps.points.rules import FactCondition

_SEPARATORS = re.compile(r"[,，、;；\n]+")


class HundredthsField(forms.CharField):
    """A decimal with at most two places, kept as hundredths: yuan as fen, 1.5 as 150, 50 % as 5,000."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return money.parse_fen(text)
        except ValueError as error:
            raise ValidationError(_("Enter a number with at most two decimals.")) from error

    def prepare_value(self, value: Any) -> Any:
        return money.format_fen(value).removesuffix(".00") if isinstance(value, int) else value


class ListField(forms.CharField):
    """Words separated by commas, kept as a tuple without repetitions."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> tuple[str, ...]:
        words = (word.strip() for word in _SEPARATORS.split(super().to_python(value)))
        return tuple(dict.fromkeys(word for word in words if word))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value


class DaysField(ListField):
    """Days of the month, separated by commas."""

    def to_python(self, value: Any) -> tuple[int, ...]:
        words = super().to_python(value)
        if not all(word.isascii() and word.isdigit() and 1 <= int(word) <= 31 for word in words):
            raise ValidationError(_("Enter days of the month between 1 and 31, separated by commas."))
        return tuple(sorted({int(word) for word in words}))


class FactsField(forms.CharField):
    """One condition a line: the fact, a colon, the values it may have."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def to_python(self, value: Any) -> tuple[FactCondition, ...]:
        return tuple(_condition(line) for line in super().to_python(value).splitlines() if line.strip())

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, tuple | list):
            return value
        return "\n".join(f"{fact.name}: {', '.join(fact.values)}" for fact in value)


class DayField(forms.DateField):
    """A calendar day, picked from the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(required=kwargs.pop("required", False), widget=widget, **kwargs)


class ManyField(forms.TypedMultipleChoiceField):
    """Some of the choices, as a tuple."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=kwargs.pop("required", False), **kwargs)

    def clean(self, value: Any) -> tuple:
        return tuple(super().clean(value))


def _condition(line: str) -> FactCondition:
    name, colon, values = line.replace("：", ":").partition(":")
    words = tuple(word.strip() for word in _SEPARATORS.split(values) if word.strip())
    if not (name.strip() and colon and words):
        raise ValidationError(_("Write a fact, a colon and its values, for example: tier: gold, black"))
    return FactCondition(name.strip(), words)
