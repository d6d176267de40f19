"""The form of a trial: whose purchase, what was bought, where and when, and by which rules."""

from typing import Any

from django import forms
from django.db.models import Q
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.members import queries as members
from apps.members.models import Member
from apps.points import rules
from apps.points.forms.earning import channel_choices, tag_choices
from apps.points.forms.fields import DayField, HundredthsField, ManyField
from apps.points.models import RuleKind, RuleVersion
from apps.points.sentences import words
from apps.stores import queries as stores
from apps.stores.models import Staff

LINES = 4


def _versions() -> list[tuple[Any, Any]]:
    drafts = RuleVersion.objects.filter(rule__kind=RuleKind.EARNING, published_at__isnull=True)
    named = [
        (draft.pk, _("with the draft of %(name)s") % {"name": draft.rule.name})
        for draft in drafts.select_related("rule").order_by("rule__code")
    ]
    return [("", _("as they are")), *named]


class TrialForm(forms.Form):
    """A member who exists, or one made up by tags and birthday; one activity."""

    member = forms.CharField(
        label=_("Member"),
        required=False,
        max_length=40,
        help_text=_("Member number or phone. Empty: a made-up member."),
    )
    tags = ManyField(label=_("Tags of the made-up member"), choices=tag_choices)
    birthday = DayField(label=_("Birthday of the made-up member"))
    version = forms.TypedChoiceField(
        label=_("Rules"), required=False, choices=_versions, coerce=int, empty_value=None
    )
    kind = forms.ChoiceField(label=_("Activity"), choices=list(words.KINDS.items()), initial="purchase")
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=lambda: _any(channel_choices()))
    store = forms.ChoiceField(label=_("Store"), required=False)
    at = forms.DateTimeField(
        label=_("Time"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    discount_fen = HundredthsField(label=_("Paid with points (yuan)"), required=False)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff
        here = stores.stores_for(staff).order_by("code")
        self.fields["store"].choices = _any([(store.code, str(store)) for store in here])

    def clean_member(self) -> Member | None:
        """The one member meant, inside the reader's scope."""
        text = self.cleaned_data["member"]
        if not text:
            return None
        found = members.match(self.staff, text).members
        meant = Q(number=text) | Q(pk__in=[member.pk for member in found])
        seen = members.members_for(self.staff).filter(meant)[:2]
        if len(seen) != 1:
            raise forms.ValidationError(
                _("Several members fit. Enter the member number.") if seen else _("No such member.")
            )
        return seen[0]


class TrialLineForm(forms.Form):
    """One line of the basket."""

    category = forms.CharField(label=_("Category"), required=False, max_length=60)
    sku = forms.CharField(label=_("SKU"), required=False, max_length=60)
    quantity = forms.IntegerField(label=_("Quantity"), required=False, min_value=1, initial=1)
    amount_fen = HundredthsField(label=_("Amount (yuan)"), required=False)


LineForms = formset_factory(TrialLineForm, extra=LINES, max_num=LINES)


def basket_of(form: TrialForm, lines: Any) -> rules.Basket:
    """The basket filled in, less what was paid with points; both must be valid."""
    data = form.cleaned_data
    bought = tuple(
        rules.BasketLine(line["category"], line["sku"], line["quantity"] or 1, line["amount_fen"])
        for line in lines.cleaned_data
        if line.get("amount_fen")
    )
    amount = sum(line.amount_fen for line in bought)
    basket = rules.Basket(
        kind=data["kind"],
        occurred_at=data["at"].astimezone(clock.zone()),
        amount_fen=amount,
        lines=bought,
        channel=data["channel"],
        store=data["store"],
    )
    return basket.without_points(min(data["discount_fen"] or 0, amount))


def _any(choices: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", _("none")), *choices]
