"""What comes back of one sale: pieces per line, money of a line that is a bare amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from apps.activity.rules import SoldLine
from apps.activity.services import RefundRequest
from apps.core.money import format_fen
from apps.counter.forms.fields import AmountField, WholeField


@dataclass(frozen=True)
class Row:
    """A line of the sale beside the box for the pieces or the money that comes back."""

    line: SoldLine
    field: BoundField

    @property
    def everything(self) -> str:
        """What to type for all that is left."""
        return format_fen(self.line.left_fen) if self.line.is_amount else str(self.line.left)


class RefundForm(forms.Form):
    """One box per line that is not back yet. ``key`` names the act: sent twice, it is done once."""

    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, data=None, *, lines: Sequence[SoldLine]):
        super().__init__(data, initial={"key": uuid4().hex})
        self.lines = [line for line in lines if line.left > 0]
        for line in self.lines:
            self.fields[self._name(line)] = self._box(line)

    @staticmethod
    def _box(line: SoldLine) -> forms.Field:
        if line.is_amount:
            return AmountField(label=_("Money that comes back"), at_most=line.left_fen, required=False)
        return WholeField(label=_("Pieces that come back"), at_most=line.left, required=False)

    @staticmethod
    def _name(line: SoldLine) -> str:
        return f"line-{line.line_id}"

    @property
    def rows(self) -> list[Row]:
        return [Row(line, self[self._name(line)]) for line in self.lines]

    def first_error(self) -> str:
        """The first thing that is wrong, for a short hint."""
        return next((str(errors[0]) for errors in self.errors.values()), "")

    def request(self, activity_id: int) -> RefundRequest:
        """The refund as the activity app takes it: pieces or fen by line, where any come back."""
        pieces, sums = (
            {line.line_id: self.cleaned_data[self._name(line)] or 0 for line in lines}
            for lines in (
                [line for line in self.lines if not line.is_amount],
                [line for line in self.lines if line.is_amount],
            )
        )
        return RefundRequest(activity_id, pieces, self.cleaned_data["key"], sums)
