"""Forms of the members' pages in the back office. They validate and never save."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.members import rules
from apps.members.models import Channel, Gender, Member, Tag
from apps.members.services import Profile

REASON_LENGTH = 200
BIRTHDAY_FAULTS = {
    "future": _("The birthday lies in the future."),
    "too_old": _("The birthday is more than 130 years ago."),
}


class ProfileForm(forms.Form):
    """Name, gender and birthday; a child needs a guardian's word."""

    name = forms.CharField(label=_("Name"), max_length=rules.NAME_LENGTH, required=False)
    gender = forms.ChoiceField(
        label=_("Gender"), choices=[("", _("Not stated")), *Gender.choices], required=False
    )
    birthday = forms.DateField(
        label=_("Birthday"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    guardian_consent = forms.BooleanField(label=_("A guardian agrees (under 14)"), required=False)

    def clean_birthday(self):
        birthday = self.cleaned_data["birthday"]
        fault = rules.birthday_fault(birthday, clock.business_day(clock.now()))
        if fault:
            raise forms.ValidationError(BIRTHDAY_FAULTS[fault], code=fault)
        return birthday

    def profile(self) -> Profile:
        return Profile(**self.cleaned_data)


class ReasonForm(forms.Form):
    """Why something is done that stays on record."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH)


class PhoneForm(ReasonForm):
    """Another phone number, and why."""

    phone = forms.CharField(
        label=_("New phone number"), max_length=30, widget=forms.TextInput({"autocomplete": "off"})
    )
    field_order = ("phone", "reason")


class IdentityForm(forms.Form):
    """What the member is called in another channel."""

    channel = forms.ModelChoiceField(Channel.objects.all(), label=_("Channel"), empty_label=None)
    external_id = forms.CharField(
        label=_("Identity"), max_length=128, widget=forms.TextInput({"autocomplete": "off"})
    )


class AttributeForm(forms.Form):
    """One custom attribute; left empty it is taken away."""

    name = forms.CharField(label=_("Attribute"), max_length=60)
    value = forms.CharField(label=_("Value (empty: take it away)"), max_length=1000, required=False)

    def attribute(self, member: Member) -> dict[str, Any]:
        """The attribute as it is kept; a whole number stays one."""
        name, text = self.cleaned_data["name"], self.cleaned_data["value"]
        is_number = type(member.attributes.get(name)) is int and re.fullmatch(r"-?[0-9]{1,15}", text)
        return {name: int(text) if is_number else text or None}


class EraseForm(ReasonForm):
    """The reason, and the member's number typed again: there is no way back."""

    number = forms.CharField(label=_("Type the member number to confirm"), max_length=20)

    def names(self, member: Member) -> bool:
        """Whether the typed number is this member's; the field says so when it isn't."""
        if self.cleaned_data["number"].strip() == member.number:
            return True
        self.add_error("number", _("This is not the number of this member."))
        return False


class TagForm(forms.Form):
    """Which tag to put on or take off."""

    tag = forms.ModelChoiceField(Tag.objects.all(), label=_("Tag"), empty_label=None)


class NewTagForm(forms.ModelForm):
    """A tag that is not there yet."""

    class Meta:
        model = Tag
        fields = ("code", "name")
