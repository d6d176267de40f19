"""The small forms of acts: publishing a programme, planning an assessment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.points.forms.fields import DayField


class PublishForm(forms.Form):
    """When a draft begins to apply. ``wording`` is the fingerprint of the draft that was seen."""

    starts_at = forms.DateTimeField(
        label=_("Applies from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: from now on."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Who approves it reads this."))
    wording = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class AssessForm(forms.Form):
    """The day as of which members are judged."""

    as_of = DayField(label=_("Judge at the start of"), required=True)
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Who approves it reads this."))
