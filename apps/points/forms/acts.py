"""The small forms of acts: naming, publishing and ending a rule, planning and starting a clearing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.points.forms.fields import DayField


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=help_text)


class NameForm(forms.Form):
    """What a new rule is called."""

    name = forms.CharField(label=_("Rule name"), max_length=80)
    code = forms.SlugField(
        label=_("Rule code"),
        max_length=40,
        help_text=_("Letters, digits, - and _. It stays as it is: records refer to it."),
    )


class PublishForm(forms.Form):
    """When a draft begins to apply, and perhaps stops."""

    starts_at = _moment(_("Applies from"), _("Empty: from now on."))
    ends_at = _moment(_("Until"), _("Empty: without end. Afterwards the version before applies again."))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Who approves it reads this.")
    )
    wording = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)


class EndForm(forms.Form):
    """When a rule stops applying."""

    ends_at = _moment(_("Ends"), _("Empty: now."))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Who approves it reads this.")
    )


class PlanForm(forms.Form):
    """The day as of which clearing is planned."""

    as_of = DayField(label=_("Clear what is past at the start of"), required=True)


class StartForm(forms.Form):
    """A dangerous act asks for a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class CompareForm(forms.Form):
    """Which two versions to lay side by side."""

    old = forms.TypedChoiceField(label=_("Version"), coerce=int)
    new = forms.TypedChoiceField(label=_("compared with version"), coerce=int)

    def __init__(self, *args: Any, numbers: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.choices = [(number, f"v{number}") for number in numbers]


class RevertForm(forms.Form):
    """Which version to go back to."""

    version = forms.IntegerField(min_value=1)
