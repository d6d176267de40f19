"""A sale as it is typed: the lines of the bill, who served, how many points to use."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4, uuid5

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.activity.models import Quote
from apps.activity.rules import FactLine
from apps.activity.services import SaleRequest
from apps.core import money
from apps.counter.forms.fields import AmountField, WholeField
from apps.counter.forms.wallet import BalanceField

MOST_LINES = 30
MOST_PIECES = 99_999
MOST_POINTS = 99_999_999
PREFIX = "line"


class LineForm(forms.Form):
    """One line of the bill: its total, what kind of goods, how many pieces."""

    amount = AmountField(label=_("Amount"), error_messages={"required": _("Type the amount.")})
    category = forms.CharField(
        label=_("Category"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "categories"}),
    )
    quantity = WholeField(label=_("Pieces"), at_least=1, at_most=MOST_PIECES, required=False, shown="1")

    @property
    def is_blank(self) -> bool:
        """Whether nothing that counts was typed."""
        return not (self.data.get(self.add_prefix("amount")) or self.data.get(self.add_prefix("category")))

    def fact(self) -> FactLine:
        """The line as the activity app takes it."""
        values = self.cleaned_data
        return FactLine(values["category"], "", values["quantity"] or 1, values["amount"])


class PlainForm(forms.Form):
    """What belongs to the sale as a whole. The ``key`` and what was typed name the quote: the same
    form sent twice is quoted once, changed it is quoted anew."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    points = WholeField(label=_("Points to use"), at_most=MOST_POINTS, required=False)
    balance = BalanceField(label=_("From the balance"), required=False)
    served_by = forms.TypedChoiceField(label=_("Served by"), coerce=int)

    def __init__(self, *args, staff: Sequence[tuple[int, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["served_by"].choices = staff


class SaleForm:
    """All of a sale's boxes: ``lines`` and ``whole``. Built from what was posted, or from values to show.

    The first line is always there; others left blank are no lines.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        staff: Sequence[tuple[int, str]],
        served_by: int,
        initial: Mapping[str, Any] | None = None,
    ):
        shown = initial or {}
        rows = shown.get("lines") or [{}]
        count = len(rows) if data is None else _rows(data)
        usual = {"key": uuid4(), "served_by": served_by}
        self.whole = PlainForm(data, staff=staff, initial=usual | shown.get("whole", {}))
        self.lines = [
            LineForm(data, prefix=f"{PREFIX}-{n}", initial=rows[n] if n < len(rows) else {})
            for n in range(count)
        ]
        if data is None:
            self.lines[-1].fields["amount"].widget.attrs["autofocus"] = True

    @property
    def filled(self) -> list[LineForm]:
        return [line for n, line in enumerate(self.lines) if n == 0 or not line.is_blank]

    def is_valid(self) -> bool:
        return all([self.whole.is_valid(), *(line.is_valid() for line in self.filled)])

    def first_error(self) -> str:
        """The first thing that is wrong, for a short hint."""
        for form in (*self.filled, self.whole):
            for errors in form.errors.values():
                return str(errors[0])
        return ""

    def request(self, member_id: int, store_id: int) -> SaleRequest:
        """The sale as the activity app takes it."""
        values = self.whole.cleaned_data
        wish = SaleRequest(
            member_id=member_id,
            store_id=store_id,
            staff_id=values["served_by"],
            lines=tuple(line.fact() for line in self.filled),
            points=values["points"] or 0,
            balance_fen=values["balance"] or 0,
        )
        return replace(wish, quote_id=uuid5(values["key"], repr(wish)))


def typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was posted, to be shown again as it is, complete or not."""
    rows = [
        {name: data.get(f"{PREFIX}-{n}-{name}", "") for name in LineForm.base_fields}
        for n in range(_rows(data))
    ]
    return {"lines": rows, "whole": {name: data.get(name, "") for name in PlainForm.base_fields}}


def with_another_line(shown: dict[str, Any]) -> dict[str, Any]:
    """The same with an empty line at the end, as long as the bill may be."""
    return {**shown, "lines": [*shown["lines"], {}][:MOST_LINES]}


def with_points(shown: dict[str, Any], points: int) -> dict[str, Any]:
    """The same with so many points to use."""
    return {**shown, "whole": {**shown["whole"], "points": points}}


def with_balance(shown: dict[str, Any], balance_fen: int) -> dict[str, Any]:
    """The same with so much paid from the balance."""
    balance = money.format_fen(balance_fen) if balance_fen else ""
    return {**shown, "whole": {**shown["whole"], "balance": balance}}


def of_quote(quote: Quote) -> dict[str, Any]:
    """What a quote was made from, to be changed and quoted anew."""
    rows = [
        {"amount": money.format_fen(amount_fen), "category": category, "quantity": quantity}
        for category, _sku, quantity, amount_fen in quote.lines
    ]
    shown = {"lines": rows, "whole": {"points": quote.points or "", "served_by": quote.staff_id}}
    return with_balance(shown, quote.balance_fen)


def _rows(data: Mapping[str, Any]) -> int:
    """How many lines were posted."""
    count = 1
    while count < MOST_LINES and f"{PREFIX}-{count}-amount" in data:
        count += 1
    return count
