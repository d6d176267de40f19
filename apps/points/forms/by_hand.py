"""Forms of what is moved by hand. They validate and never save."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.members import queries as members
from apps.members.errors import MemberNotFound
from apps.points.forms.fields import DayField
from apps.points.models import AdjustmentReason

MOST_BYTES = 8 * 1024 * 1024


class ListForm(forms.Form):
    """A list of awards, pasted or as a file."""

    pasted = forms.CharField(
        label=_("Pasted list"),
        required=False,
        widget=forms.Textarea({"rows": 8, "spellcheck": "false"}),
        help_text=_("A line per member: number, reference or phone; points; perhaps the last day."),
    )
    file = forms.FileField(
        label=_("CSV file"), required=False, help_text=_("With the heading member,points,expires_on.")
    )
    note = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Members' statements show it."))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if bool(data.get("file")) == bool(data.get("pasted", "").strip()):
            raise forms.ValidationError(_("Paste a list or choose a file: one of them."))
        if data.get("file") and data["file"].size > MOST_BYTES:
            self.add_error("file", _("The file is too large: send it in parts."))
        return data


class AskForm(forms.Form):
    """Large awards need a second person, who reads this."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class AdjustmentForm(forms.Form):
    """One member's points, in or out."""

    CREDIT, DEBIT = "credit", "debit"

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    member = forms.CharField(label=_("Member number"), max_length=40)
    way = forms.ChoiceField(
        label=_("What to do"), choices=[(CREDIT, _("Give points")), (DEBIT, _("Take points"))]
    )
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=10_000_000)
    reason = forms.ModelChoiceField(
        AdjustmentReason.objects.filter(is_active=True), label=_("Reason"), to_field_name="code"
    )
    note = forms.CharField(label=_("Note"), max_length=200)
    expires_on = DayField(label=_("Valid through"), help_text=_("For points given; empty: without end."))
    paper = forms.FileField(
        label=_("Attachment"), required=False, help_text=_("PDF, PNG or JPEG, at most 2 MB.")
    )

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean_member(self) -> Any:
        try:
            return members.access_member(self.staff, self.cleaned_data["member"].strip())
        except MemberNotFound as error:
            raise forms.ValidationError(_("No member with this number.")) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        until = data.get("expires_on")
        if until and until < clock.business_day(clock.now()):
            self.add_error("expires_on", _("This day is over."))
        if until and data.get("way") == self.DEBIT:
            self.add_error("expires_on", _("Points taken have no last day."))
        return data

    def signed(self) -> int:
        data = self.cleaned_data
        return data["points"] if data["way"] == self.CREDIT else -data["points"]
