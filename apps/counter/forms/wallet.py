"""Stored value at the till: money taken in, what a sale takes from the balance, principal paid out."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.money import format_money
from apps.counter.forms.fields import AmountField
from apps.wallet.models import Means, TopUpPlan
from apps.wallet.rules import Outcome
from apps.wallet.services import TopUpWish

ANY_AMOUNT = "any"


class BalanceField(AmountField):
    """What the balance shall pay, as fen; nothing typed, or zero, is none."""

    def _sized(self, fen: int) -> int | None:
        return None if fen == 0 else super()._sized(fen)


class TopUpForm(forms.Form):
    """A plan or another amount, and how it was paid. ``key`` names the act: sent twice, it is done once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    plan = forms.ChoiceField(
        label=_("Top up"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a plan or another amount.")},
    )
    amount = AmountField(label=_("Another amount"), required=False)
    means = forms.ChoiceField(
        label=_("Means of payment"),
        choices=Means.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it was paid.")},
    )
    reference = forms.CharField(
        label=_("Reference of the payment"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The number on the payment slip or in the payment app."),
    )

    def __init__(self, data: Any = None, *, plans: Sequence[TopUpPlan], takes_any_amount: bool) -> None:
        choices = [(str(plan.pk), _offer(plan)) for plan in plans]
        if takes_any_amount:
            choices.append((ANY_AMOUNT, _("Another amount, without gift")))
        self.takes_any_amount = takes_any_amount
        first = choices[0][0] if choices else ""
        super().__init__(data, initial={"key": uuid4(), "plan": first, "means": Means.CASH})
        self.fields["plan"].choices = choices
        self.fields["plan"].widget.attrs["autofocus"] = data is None

    @property
    def is_open(self) -> bool:
        """Whether anything can be topped up here."""
        return bool(self.fields["plan"].choices)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        is_free = data.get("plan") == ANY_AMOUNT
        if is_free and not data.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Type the amount."))
        if data.get("amount") and data.get("plan") not in (None, ANY_AMOUNT):
            message = _("A plan has its own amount: choose “another amount” or clear this box.")
            raise ValidationError({"amount": message})
        return data

    def wish(self, member_id: int, store_id: int) -> TopUpWish:
        """The top-up as the wallet takes it."""
        data = self.cleaned_data
        is_free = data["plan"] == ANY_AMOUNT
        return TopUpWish(
            key=data["key"],
            member_id=member_id,
            store_id=store_id,
            means=data["means"],
            plan_id=None if is_free else int(data["plan"]),
            amount_fen=data["amount"] if is_free else 0,
            reference=data["reference"].strip(),
        )


def _offer(plan: TopUpPlan) -> str:
    told = _("%(name)s: pay %(amount)s") if not plan.gift_fen else _("%(name)s: pay %(amount)s, get %(gift)s")
    return told % {
        "name": plan.name,
        "amount": format_money(plan.amount_fen),
        "gift": format_money(plan.gift_fen),
    }


class PayOutForm(forms.Form):
    """By which formula principal is paid out, how, and why."""

    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    formula = forms.ChoiceField(widget=forms.RadioSelect)
    means = forms.ChoiceField(label=_("Paid out by"), choices=Means.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        error_messages={"required": _("Say why; the reason is kept on record.")},
    )

    def __init__(self, data: Any = None, *, outcomes: Sequence[Outcome], means: str) -> None:
        is_open = [each.formula for each in outcomes if each.is_open]
        super().__init__(data, initial={"key": uuid4().hex, "formula": is_open[0], "means": means})
        self.fields["formula"].choices = [(formula, formula) for formula in is_open]
