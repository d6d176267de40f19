"""What the list of rules is asked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.points.models import RuleKind


class RuleQuery(forms.Form):
    """By name or code, by kind; the state stands above the list."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=80)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *RuleKind.choices]
    )
    state = forms.CharField(required=False, max_length=9, widget=forms.HiddenInput)
