"""Forms of stored value's back office. They validate and never save."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core import clock, money
from apps.stores.models import Store
from apps.wallet.models import Policy, SplitRule, TopUpPlan
from apps.wallet.services import PlanTerms, PolicyTerms

MOST_FEN = 1_000_000_00
MOMENT = "%Y-%m-%dT%H:%M"


class YuanField(forms.CharField):
    """Yuan with at most two decimals, kept as fen."""

    def __init__(self, *, at_least: int = 0, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, **kwargs)
        self.at_least = at_least

    def to_python(self, value: Any) -> int | None:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            fen = money.parse_fen(text.strip().removeprefix("¥"))
        except ValueError as error:
            raise ValidationError(_("Enter a number with at most two decimals.")) from error
        if not self.at_least <= fen <= MOST_FEN:
            raise ValidationError(_("This amount can't be right; please check it."))
        return fen

    def prepare_value(self, value: Any) -> Any:
        return money.format_fen(value).removesuffix(".00") if isinstance(value, int) else value


class MomentField(forms.DateTimeField):
    """A minute in the shop's time."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        super().__init__(required=False, widget=widget, input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S"], **kwargs)


class PlanForm(forms.Form):
    """One wording of a plan."""

    code = forms.SlugField(
        label=_("Plan code"), max_length=40, help_text=_("The same code words its next version.")
    )
    name = forms.CharField(label=_("Plan name"), max_length=80)
    amount_fen = YuanField(label=_("To pay (yuan)"), at_least=1)
    gift_fen = YuanField(label=_("Gift (yuan)"), required=False)
    gift_days = forms.IntegerField(
        label=_("Gift valid for days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Empty: for ever."),
    )
    stores = forms.ModelMultipleChoiceField(
        Store.objects.order_by("code"), label=_("Stores"), required=False, help_text=_("None chosen: all.")
    )
    most_per_member = forms.IntegerField(
        label=_("Times per member"),
        required=False,
        min_value=1,
        max_value=9999,
        help_text=_("Empty: any number."),
    )
    starts_at = MomentField(label=_("Applies from"), help_text=_("Empty: once approved."))
    ends_at = MomentField(label=_("Until"), help_text=_("Empty: until it is ended or replaced."))

    @classmethod
    def of(cls, plan: TopUpPlan) -> dict[str, Any]:
        """What the form shows of a wording; times of a published one are over and left out."""
        names = ("code", "name", "amount_fen", "gift_fen", "gift_days", "most_per_member")
        shown = {name: getattr(plan, name) for name in names} | {"stores": plan.store_ids}
        if plan.published_at is None:
            shown |= {"starts_at": plan.starts_at, "ends_at": plan.ends_at}
        return shown

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        starts, ends = data.get("starts_at"), data.get("ends_at")
        if ends and ends <= max(starts or clock.now(), clock.now()):
            self.add_error("ends_at", _("The plan would end before it begins. Choose a later end."))
        return data

    def terms(self) -> PlanTerms:
        data = dict(self.cleaned_data)
        stores = data.pop("stores")
        data |= {"gift_fen": data["gift_fen"] or 0, "store_ids": tuple(store.pk for store in stores)}
        return PlanTerms(**data)


class PolicyForm(forms.Form):
    """Another policy, and why."""

    split = forms.ChoiceField(label=_("Paying takes"), choices=SplitRule.choices)
    named_cap_fen = YuanField(
        label=_("Most principal of a named member (yuan)"), at_least=1, help_text=_("By law at most 5,000.")
    )
    nameless_cap_fen = YuanField(
        label=_("Most principal of a nameless member (yuan)"),
        at_least=1,
        help_text=_("By law at most 1,000."),
    )
    cooling_days = forms.IntegerField(
        label=_("Cooling-off days"), min_value=7, max_value=365, help_text=_("By law at least 7.")
    )
    grace_days = forms.IntegerField(label=_("Grace of returned gift (days)"), min_value=0, max_value=365)
    takes_any_amount = forms.BooleanField(label=_("Takes any amount"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    @classmethod
    def of(cls, policy: Policy) -> dict[str, Any]:
        return {name: getattr(policy, name) for name in PolicyTerms.__dataclass_fields__}

    def payload(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in PolicyTerms.__dataclass_fields__}


class PeriodForm(forms.Form):
    """From which day through which."""

    since = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    through = forms.DateField(label=_("Through"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        wish = super().clean()
        if wish.get("since") and wish.get("through") and wish["since"] > wish["through"]:
            self.add_error("through", _("This day is before the first one."))
        return wish
