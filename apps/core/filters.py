"""The query form of the audit log."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.models import AuditEntry


def _acts() -> list[tuple[str, str]]:
    """Every act by a readable name: its sentence without the particulars."""
    return sorted((code, audit.title(code)) for code in audit.SENTENCES)


class AuditFilter(django_filters.FilterSet):
    """By day, act, who did it, and what it was done to."""

    since = django_filters.DateFilter(
        label=_("From"), method="from_day", widget=forms.DateInput({"type": "date"})
    )
    until = django_filters.DateFilter(
        label=_("Through"), method="through_day", widget=forms.DateInput({"type": "date"})
    )
    code = django_filters.ChoiceFilter(label=_("Act"), choices=_acts, empty_label=_("All acts"))
    actor = django_filters.CharFilter(label=_("Who"), field_name="actor_name", lookup_expr="icontains")
    subject = django_filters.CharFilter(label=_("Subject id"), field_name="subject_id")

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def from_day(self, queryset, name, day):
        return queryset.filter(at__gte=clock.day_start(day))

    def through_day(self, queryset, name, day):
        return queryset.filter(at__lt=clock.day_end(day))
