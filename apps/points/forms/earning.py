"""The form of an earning rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.members.models import Channel, Tag
from apps.points.forms.fields import DayField, DaysField, FactsField, HundredthsField, ListField, ManyField
from apps.points.forms.wording import WordingForm
from apps.points.models import Rule, RuleKind
from apps.points.rules import EarningSpec
from apps.points.sentences import words
from apps.stores.models import Store


def store_choices() -> list[tuple[str, Any]]:
    return [(store.code, str(store)) for store in Store.objects.order_by("code")]


def channel_choices() -> list[tuple[str, Any]]:
    return [(channel.code, str(channel)) for channel in Channel.objects.order_by("code")]


def tag_choices() -> list[tuple[str, Any]]:
    return [(tag.code, str(tag)) for tag in Tag.objects.order_by("code")]


def _policies() -> list[tuple[str, Any]]:
    published = Rule.objects.filter(kind=RuleKind.CLEARING, versions__published_at__isnull=False)
    return [("", _("The default policy")), *published.distinct().order_by("code").values_list("code", "name")]


def _cap(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, required=False)


class EarningForm(WordingForm):
    spec_class = EarningSpec
    sections = (
        (_("What it gives"), ("effect", "basis", "points", "unit_fen", "multiplier", "rounding", "kinds")),
        (
            _("Where and for what"),
            (
                "channels",
                "stores",
                "categories",
                "excluded_categories",
                "skus",
                "min_amount_fen",
            ),
        ),
        (_("When"), ("first_day", "last_day", "weekdays", "month_days", "from_hour", "to_hour")),
        (_("For whom"), ("tags_any", "tags_none", "birthday_month", "facts")),
        (_("Caps"), ("cap_purchase", "cap_day", "cap_month", "cap_life")),
        (
            _("Together with other rules"),
            ("priority", "stacking", "group", "clearing", "available_after_days"),
        ),
    )

    effect = forms.ChoiceField(label=_("Effect"), choices=list(words.EFFECTS.items()), initial="base")
    basis = forms.ChoiceField(label=_("Basis"), choices=list(words.BASES.items()), initial="per_unit")
    points = forms.IntegerField(label=_("Points"), min_value=1, initial=1)
    unit_fen = HundredthsField(
        label=_("Per amount (yuan)"), initial=100, help_text=_("1 gives the points for every whole ¥1 paid.")
    )
    multiplier = HundredthsField(label=_("Multiplier"), initial=100, help_text=_("For example 2 or 1.5."))
    rounding = forms.ChoiceField(label=_("Rounding"), choices=list(words.ROUNDINGS.items()), initial="down")
    kinds = ManyField(
        label=_("Activities"),
        choices=list(words.KINDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=True,
        initial=("purchase",),
    )
    channels = ManyField(label=_("Only these channels"), choices=channel_choices)
    stores = ManyField(label=_("Only these stores"), choices=store_choices)
    categories = ListField(label=_("Only these categories"), help_text=_("Separated by commas."))
    excluded_categories = ListField(label=_("Not these categories"), help_text=_("Separated by commas."))
    skus = ListField(label=_("Also these SKUs"), help_text=_("Separated by commas."))
    min_amount_fen = HundredthsField(label=_("From an amount of (yuan)"), initial=0)
    first_day = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last_day = DayField(label=_("Last day"))
    weekdays = ManyField(
        label=_("Only on weekdays"),
        choices=list(words.WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    month_days = DaysField(
        label=_("Only on days of the month"), help_text=_("Member days, for example 8, 18.")
    )
    from_hour = forms.IntegerField(label=_("From hour"), min_value=0, max_value=23, initial=0)
    to_hour = forms.IntegerField(label=_("To hour"), min_value=1, max_value=24, initial=24)
    tags_any = ManyField(label=_("Members with one of these tags"), choices=tag_choices)
    tags_none = ManyField(label=_("Not members with these tags"), choices=tag_choices)
    birthday_month = forms.BooleanField(label=_("In the month of the birthday"), required=False)
    facts = FactsField(
        label=_("Further conditions"), help_text=_("One a line, for example: tier: gold, black")
    )
    cap_purchase = _cap(_("Points per purchase"))
    cap_day = _cap(_("Points a day"))
    cap_month = _cap(_("Points a month"))
    cap_life = _cap(_("Points ever"))
    priority = forms.IntegerField(
        label=_("Priority"), initial=0, help_text=_("Higher applies first and wins between equals.")
    )
    stacking = forms.ChoiceField(
        label=_("Stacking"),
        choices=list(words.STACKINGS.items()),
        initial="additive",
    )
    group = forms.CharField(label=_("Group"), max_length=40, required=False)
    clearing = forms.ChoiceField(label=_("Clearing policy"), choices=_policies, required=False)
    available_after_days = forms.IntegerField(label=_("Can be spent after days"), min_value=0, initial=0)
