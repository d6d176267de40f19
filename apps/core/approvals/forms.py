"""Forms of the approval desk. They validate and never save."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import money
from apps.core.approvals.models import ApprovalThreshold
from apps.core.approvals.plans import ABOVE, Bar


class ApproveForm(forms.Form):
    """A word with the approval, if any."""

    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class RejectForm(forms.Form):
    """A refusal says why."""

    note = forms.CharField(label=_("Reason"), max_length=200)


class UndoForm(forms.Form):
    """Taking back says why."""

    note = forms.CharField(label=_("Reason"), max_length=200)


class ThresholdForm(forms.Form):
    """When an act needs a second person."""

    mode = forms.ChoiceField(label=_("When"), choices=ApprovalThreshold.Mode.choices)
    count = forms.IntegerField(label=_("Most rows or members"), min_value=0, required=False)
    points = forms.IntegerField(label=_("Most points"), min_value=0, required=False)
    money_fen = forms.CharField(label=_("Most money (¥)"), required=False, max_length=16)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_money_fen(self) -> int | None:
        text = self.cleaned_data["money_fen"].strip()
        if not text:
            return None
        try:
            fen = money.parse_fen(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write an amount like 1280.50.")) from error
        if fen < 0:
            raise forms.ValidationError(_("Write an amount like 1280.50."))
        return fen

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        numbers = [data.get(name) for name in ("count", "points", "money_fen")]
        if data.get("mode") == ABOVE and not self.errors and all(number is None for number in numbers):
            raise forms.ValidationError(_("Give at least one number, or choose always or never."))
        return data

    def bar(self) -> Bar:
        data = self.cleaned_data
        if data["mode"] != ABOVE:
            return Bar(data["mode"])
        return Bar(ABOVE, data["count"], data["points"], data["money_fen"])
