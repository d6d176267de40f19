"""Forms of sign-in and of the staff pages. They validate and never save."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.stores import queries, roles, services
from apps.stores.errors import CodesPaused, SecondFactorError
from apps.stores.models import Staff, Store
from apps.stores.services import Scope, StaffAccount, StaffRevision


class SignInForm(AuthenticationForm):
    """User name and password; the refusal doesn't tell which of them was wrong."""

    error_messages = {
        "invalid_login": _("User name or password is wrong. Both mind capitals."),
        "inactive": _("This account is disabled. Ask an administrator."),
    }


class CodeInput(forms.PasswordInput):
    """Readable, and empty again after a wrong code."""

    input_type = "text"


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=pgettext_lazy("to sign in", "Code"),
        max_length=20,
        widget=CodeInput({"autocomplete": "one-time-code", "autofocus": True}),
    )

    def passes(self, staff: Staff, at: datetime) -> bool:
        """Whether the account takes the code; the field says why not."""
        try:
            services.pass_second_factor(staff_id=staff.pk, code=self.cleaned_data["code"], at=at)
        except SecondFactorError as error:
            self.add_error("code", code_refused(error))
            return False
        return True


class PasswordForm(forms.Form):
    """One's own password once more."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )


def code_refused(error: SecondFactorError) -> str:
    """Why a code was not taken, and what would make it right."""
    if isinstance(error, CodesPaused):
        until = date_format(localtime(error.until), "H:i")
        return _("Too many wrong codes. Try again from %(time)s on.") % {"time": until}
    return _("This code is wrong or used already. Wait for the next one and type it at once.")


class ResetForm(forms.Form):
    """Why somebody's second factor is taken off."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget)


class StaffForm(forms.ModelForm):
    """What the page of a new and of a known account share. ``reader`` is who fills it in."""

    reader: Staff

    display_name = forms.CharField(label=_("Display name"), max_length=60, widget=UnfoldAdminTextInputWidget)
    staff_number = forms.CharField(
        label=_("Staff number"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=list(roles.ROLES.items()), widget=UnfoldAdminSelectWidget
    )
    home_store = forms.ModelChoiceField(
        Store.objects.all(), label=_("Home store"), required=False, widget=UnfoldAdminSelectWidget
    )
    stores = forms.ModelMultipleChoiceField(
        Store.objects.all(),
        label=_("Further stores"),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget({"size": 8}),
        help_text=_("Members and sales of these stores are seen too."),
    )
    sees_all_stores = forms.BooleanField(
        label=_("Sees all stores"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )

    class Meta:
        model = Staff
        fields: list[str] = []

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("role") in (roles.CLERK, roles.MANAGER) and not data.get("home_store"):
            self.add_error("home_store", _("A clerk or store manager needs a home store."))
        if data.get("password"):
            self._check_password(data["password"])
        self._check_reach(data)
        return data

    def _check_reach(self, data: dict[str, Any]) -> None:
        """Nobody gives a role or stores they don't have themselves."""
        role = data.get("role", "")
        was = queries.role_of(self.instance) if self.instance.pk else role
        if not all(queries.may_give_role(self.reader, each) for each in {role, was} if each):
            self.add_error("role", _("This role may do more than yours: ask an administrator."))
        stores = {data.get("home_store"), *data.get("stores", ())} - {None}
        if not queries.may_give_scope(self.reader, stores, data.get("sees_all_stores", False)):
            self.add_error("stores", _("You can only give stores you see yourself."))

    def _check_password(self, password: str) -> None:
        try:
            validate_password(password, self.instance)
        except forms.ValidationError as error:
            self.add_error("password", error)

    def _post_clean(self) -> None:
        """Nothing: the service makes the row, so there is no instance to fill and check."""

    def scope(self) -> Scope:
        data = self.cleaned_data
        return Scope(data["home_store"], tuple(data["stores"]), data["sees_all_stores"])


class NewStaffForm(StaffForm):
    """A new account."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[Staff.username_validator],
        widget=UnfoldAdminTextInputWidget,
    )

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        if Staff.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("Another account has this user name."))
        return username

    def account(self) -> StaffAccount:
        data = self.cleaned_data
        return StaffAccount(
            username=data["username"],
            password=data["password"],
            role=data["role"],
            display_name=data["display_name"],
            staff_number=data["staff_number"],
            scope=self.scope(),
        )


class KnownStaffForm(StaffForm):
    """A known account: its password changes only when a new one is typed."""

    is_active = forms.BooleanField(label=_("May sign in"), required=False, widget=UnfoldBooleanSwitchWidget)
    reason = forms.CharField(
        label=_("Reason for disabling"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = False
        self.fields["password"].label = _("New password")
        staff = self.instance
        self.initial |= {
            "display_name": staff.display_name,
            "staff_number": staff.staff_number,
            "role": queries.role_of(staff),
            "home_store": staff.home_store_id,
            "stores": list(staff.stores.all()),
            "sees_all_stores": staff.sees_all_stores,
            "is_active": staff.is_active,
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        leaves = data.get("role") != roles.ADMINISTRATOR or not data.get("is_active")
        if leaves and queries.is_last_administrator(self.instance):
            self.add_error(None, _("This is the last administrator: name another one first."))
        if self.instance.is_active and not data.get("is_active") and not data.get("reason"):
            self.add_error("reason", _("Say why the account is disabled."))
        return data

    def revision(self) -> StaffRevision:
        data = self.cleaned_data
        return StaffRevision(
            role=data["role"],
            display_name=data["display_name"],
            staff_number=data["staff_number"],
            scope=self.scope(),
            is_active=data["is_active"],
            reason=data["reason"],
            password=data["password"],
        )


class StoreForm(forms.ModelForm):
    """A store; its code can't be changed once it is open."""

    class Meta:
        model = Store
        fields = ["code", "name", "city", "is_open"]
