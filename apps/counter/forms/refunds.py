"""What comes back: pieces per line of one sale."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from apps.activity.rules import SoldLine
from apps.activity.services import RefundRequest
from apps.counter.forms.fields import WholeField


@dataclass(frozen=True)
class Row:
    """A line of the sale beside the box for the pieces that come back."""

    line: SoldLine
    field: BoundField


class RefundForm(forms.Form):
    """One box per line that still has pieces. ``key`` names the act: sent twice, it is done once."""

    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, data=None, *, lines: Sequence[SoldLine]):
        super().__init__(data, initial={"key": uuid4().hex})
        self.lines = [line for line in lines if line.left > 0]
        for line in self.lines:
            self.fields[self._name(line)] = WholeField(
                label=_("Pieces that come back"), at_most=line.left, required=False
            )

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
        """The refund as the activity app takes it: pieces by line, where any come back."""
        typed = {line.line_id: self.cleaned_data[self._name(line)] for line in self.lines}
        pieces = {line_id: quantity for line_id, quantity in typed.items() if quantity}
        return RefundRequest(activity_id, pieces, self.cleaned_data["key"])
