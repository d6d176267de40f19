"""The query form above the members' list."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import clock, sealing
from apps.members import numbers, phones
from apps.members.errors import InvalidPhone
from apps.members.models import Channel, Member, MemberStatus, MemberTag, StoreLink, Tag
from apps.stores import queries as stores

STORES_MOST = 50
DAY = forms.DateInput({"type": "date"})


class WholePhoneField(forms.CharField):
    """A whole phone number; a part of one can't be looked up, it is kept sealed."""

    def clean(self, value: str) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return phones.normalise(text)
        except InvalidPhone as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class WholePhoneFilter(django_filters.CharFilter):
    field_class = WholePhoneField


class MemberFilter(django_filters.FilterSet):
    """By number, whole phone, beginning of the name, store of origin, channel, status, tag, joining."""

    number = django_filters.CharFilter(label=_("Member number"), method="by_number")
    phone = WholePhoneFilter(label=_("Whole phone number"), method="by_phone")
    name = django_filters.CharFilter(label=_("Name begins with"), lookup_expr="startswith")
    store = django_filters.CharFilter(label=_("Store code or name"), method="by_store")
    channel = django_filters.ModelChoiceFilter(
        label=_("Channel"), queryset=Channel.objects.all(), empty_label=_("All channels")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=MemberStatus.choices, empty_label=_("All statuses")
    )
    tag = django_filters.ModelChoiceFilter(
        label=_("Tag"), queryset=Tag.objects.all(), method="by_tag", empty_label=_("All tags")
    )
    joined_from = django_filters.DateFilter(label=_("Joined from"), method="from_day", widget=DAY)
    joined_to = django_filters.DateFilter(label=_("Joined through"), method="through_day", widget=DAY)

    class Meta:
        model = Member
        fields: list[str] = []

    @property
    def found(self) -> QuerySet[Member]:
        """The members the query asks for; none when the query itself is wrong."""
        return self.qs if self.form.is_valid() or not self.is_bound else self.queryset.none()

    def by_number(self, rows, name, text):
        return rows.filter(number=numbers.from_scan(text.strip()) or text.strip())

    def by_phone(self, rows, name, phone):
        holder, closed = Q(phone_hash=sealing.blind_index(phone)), Q(status=MemberStatus.CLOSED)
        return rows.filter((holder & ~closed) | (holder & closed))  # two indexes: of the open, of the closed

    def by_store(self, rows, name, text):
        named = stores.stores_for(self.request.user).filter(Q(code__iexact=text) | Q(name__icontains=text))
        found = list(named.values_list("pk", flat=True)[:STORES_MOST])
        links = StoreLink.objects.filter(member=OuterRef("pk"), store__in=found)
        return rows.filter(Exists(links), home_store__in=found)

    def by_tag(self, rows, name, tag):
        return rows.filter(Exists(MemberTag.objects.filter(member=OuterRef("pk"), tag=tag)))

    def from_day(self, rows, name, day):
        return rows.filter(joined_at__gte=clock.day_start(day))

    def through_day(self, rows, name, day):
        return rows.filter(joined_at__lt=clock.day_end(day))
