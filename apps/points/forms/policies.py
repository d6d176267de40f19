"""The forms of clearing policies, points for money, and refund policies."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.points.forms.fields import DayField, HundredthsField
from apps.points.forms.wording import WordingForm
from apps.points.rules import ClearingSpec, RefundSpec, SpendingSpec
from apps.points.sentences import words


class ClearingForm(WordingForm):
    spec_class = ClearingSpec
    sections = ((_("How long points are valid"), ("method", "count", "on", "is_default")),)

    method = forms.ChoiceField(
        label=_("Method"), choices=list(words.METHODS.items()), initial="annual_rolling"
    )
    count = forms.IntegerField(
        label=_("How many"), min_value=1, initial=1, help_text=_("Years, months or days, as the method asks.")
    )
    on = DayField(label=_("Date"))
    is_default = forms.BooleanField(label=_("For all rules that name no other policy"), required=False)


class SpendingForm(WordingForm):
    spec_class = SpendingSpec
    sections = ((_("Points for money"), ("points", "fen", "min_points", "step_points", "max_share_bp")),)

    points = forms.IntegerField(label=_("Points"), min_value=1, initial=100)
    fen = HundredthsField(label=_("Take off the bill (yuan)"), initial=100)
    min_points = forms.IntegerField(label=_("From so many points on"), min_value=0, initial=100)
    step_points = forms.IntegerField(label=_("In steps of"), min_value=1, initial=100)
    max_share_bp = HundredthsField(label=_("Up to a share of the bill (%)"), initial=10_000)


class RefundForm(WordingForm):
    spec_class = RefundSpec
    sections = ((_("When goods come back"), ("shortfall", "grace_days")),)

    shortfall = forms.ChoiceField(
        label=_("Points a refund can't take back"), choices=list(words.SHORTFALLS.items()), initial="owe"
    )
    grace_days = forms.IntegerField(
        label=_("Days of grace"),
        min_value=0,
        initial=30,
        help_text=_("How long points live that return after their last day."),
    )
