"""A sale as it is typed: lines, who served, how many points to use."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.counter.forms.fields import AmountField, WholeField

MOST_LINES = 30
MOST_PIECES = 99_999
MOST_POINTS = 99_999_999


class LineForm(forms.Form):
    """One line of the bill: its total, what kind of goods, how many pieces."""

    amount = AmountField(label=_("Amount"), error_messages={"required": _("Type the amount to pay.")})
    category = forms.CharField(
        label=_("Category"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "categories"}),
    )
    quantity = WholeField(label=_("Pieces"), at_least=1, at_most=MOST_PIECES, required=False, initial="1")

    def clean_quantity(self) -> int:
        return self.cleaned_data["quantity"] or 1


class BaseLineFormSet(forms.BaseFormSet):
    """The lines of one sale; rows left empty are no lines."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.empty_permitted = index is not None and index > 0

    @property
    def filled(self) -> list[dict]:
        return [form.cleaned_data for form in self.forms if form.cleaned_data.get("amount")]


LineFormSet = forms.formset_factory(
    LineForm, formset=BaseLineFormSet, extra=0, min_num=1, max_num=MOST_LINES, validate_max=True
)


class SaleForm(forms.Form):
    """What belongs to the sale as a whole."""

    served_by = forms.ChoiceField(label=_("Served by"))
    points = WholeField(label=_("Points to use"), at_least=0, at_most=MOST_POINTS, required=False)

    def __init__(self, *args, staff_choices: list[tuple[int, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["served_by"].choices = staff_choices

    def clean_points(self) -> int:
        return self.cleaned_data["points"] or 0

    def clean_served_by(self) -> int:
        return int(self.cleaned_data["served_by"])


def with_one_more_row(data):
    """The same typed data with one empty line after the last."""
    copy = data.copy()
    rows = min(int(data.get("line-TOTAL_FORMS") or 1) + 1, MOST_LINES)
    copy["line-TOTAL_FORMS"] = str(rows)
    copy.setdefault(f"line-{rows - 1}-quantity", "1")
    return copy
