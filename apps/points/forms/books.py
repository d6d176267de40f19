"""The forms of the books: what a point costs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.points.forms.fields import DayField, HundredthsField

MOST_FEN = 1_000_000


class UnitCostForm(forms.Form):
    """Yuan per 100 points, from a day on."""

    fen_per_hundred = HundredthsField(label=_("Cost of 100 points (¥)"))
    starts_on = DayField(label=_("Applies from"), required=True)

    def clean_fen_per_hundred(self) -> int:
        fen = self.cleaned_data["fen_per_hundred"]
        if not 0 <= fen <= MOST_FEN:
            raise forms.ValidationError(_("Enter an amount between ¥0 and ¥10,000."))
        return fen
