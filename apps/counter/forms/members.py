"""Finding and registering members, and asking to see what is masked."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.counter.forms.fields import DayField, plain
from apps.members import phones, rules
from apps.members.errors import InvalidPhone
from apps.members.models import Gender
from apps.members.services import Enrolment

GUARDIAN_NEEDED = _(
    "Under 14: ask the guardian, then tick. Without a guardian's consent no child is registered."
)
BIRTHDAY_FAULTS = {
    "future": _("The birthday lies in the future."),
    "too_old": _("That is more than 130 years ago; please check the year."),
}


class FindForm(forms.Form):
    """The one big box."""

    q = forms.CharField(max_length=200, required=True)


class PhoneField(forms.CharField):
    """A phone number as people say it, normalised to E.164."""

    default_error_messages = {
        "invalid": _("This is not a phone number. Write 11 digits, or +country code and number."),
    }

    def __init__(self, **kwargs):
        attrs = {"inputmode": "tel", "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), max_length=30, **kwargs)

    def clean(self, value):
        text = plain(super().clean(value))
        try:
            return phones.normalise(text)
        except InvalidPhone as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class EnrolForm(forms.Form):
    """A new member: phone first, then the little that is needed."""

    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Type the phone number first.")})
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the name; a surname alone will do.")},
    )
    gender = forms.ChoiceField(
        label=_("Gender"),
        choices=[*Gender.choices, ("", _("Not stated"))],
        widget=forms.RadioSelect,
        required=False,
    )
    birthday = DayField(label=_("Birthday"), required=False)
    membership_consent = forms.BooleanField(
        label=_("Agrees to the membership terms"),
        error_messages={
            "required": _("Nobody becomes a member without agreeing to the terms: ask, then tick.")
        },
    )
    marketing_consent = forms.BooleanField(label=_("Agrees to receive offers and news"), required=False)
    guardian_consent = forms.BooleanField(label=_("A guardian is present and agrees"), required=False)

    def __init__(self, data=None, *, today: date, phone: str = ""):
        super().__init__(data, initial={"phone": phone, "gender": ""})
        self.today = today
        self.fields["name" if phone else "phone"].widget.attrs["autofocus"] = True

    def clean_birthday(self) -> date | None:
        born = self.cleaned_data["birthday"]
        if fault := rules.birthday_fault(born, self.today):
            raise ValidationError(BIRTHDAY_FAULTS[fault], code=fault)
        return born

    def enrolment(self, store_id: int, channel_code: str) -> Enrolment:
        """What was typed, as the members app takes it."""
        values = self.cleaned_data
        return Enrolment(
            phone=values["phone"],
            name=values["name"],
            gender=values["gender"],
            birthday=values["birthday"],
            store_id=store_id,
            channel_code=channel_code,
            marketing_consent=values["marketing_consent"],
            guardian_consent=values["guardian_consent"],
        )

    def clean(self) -> dict:
        values = super().clean()
        if self._is_child() and not values.get("guardian_consent"):
            self.add_error("guardian_consent", GUARDIAN_NEEDED)
        return values

    @property
    def asks_guardian(self) -> bool:
        """Whether what was typed so far is a child's birthday."""
        return self.is_bound and (self._is_child() or "guardian_consent" in self.errors)

    def _is_child(self) -> bool:
        return rules.needs_guardian(self.cleaned_data.get("birthday"), self.today)


class RevealForm(forms.Form):
    """Why the clerk needs to see the whole number."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Say why the number is needed; the reason is kept on record.")},
    )
