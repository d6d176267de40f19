"""The forms of the books: what a point costs, which points to extend."""

import calendar
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.members import queries as members
from apps.members.errors import MemberNotFound
from apps.members.models import Tag
from apps.points.forms.fields import DayField, HundredthsField
from apps.stores import queries as stores
from apps.stores.models import Staff, Store

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


class MonthField(forms.CharField):
    """A calendar month, kept as its first day."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-12"})
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> date | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise forms.ValidationError(_("Enter a month, for example 2026-12.")) from error


class ExtensionForm(forms.Form):
    """Which points shall be valid through which day, and why."""

    member = forms.CharField(label=_("Member number"), required=False, max_length=20)
    month = MonthField(label=_("Expiring in"), required=False)
    store = forms.ModelChoiceField(Store.objects.none(), label=_("Issued by store"), required=False)
    tag = forms.ModelChoiceField(Tag.objects.order_by("code"), label=_("Members with tag"), required=False)
    until = DayField(label=_("Valid through instead"), required=True)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff
        self.fields["store"].queryset = stores.stores_for(staff)

    def clean_member(self) -> int | None:
        number = self.cleaned_data["member"].strip()
        if not number:
            return None
        try:
            return members.access_member(self.staff, number).pk
        except MemberNotFound as error:
            raise forms.ValidationError(_("No member has this number.")) from error

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and last day of the month asked for."""
        first = self.cleaned_data["month"]
        return (
            (first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
            if first
            else (None, None)
        )
