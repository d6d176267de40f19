"""Forms of this app's back office."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.activity.services import DAYS


def _spans() -> list[tuple[int, str]]:
    return [(days, _("The last %(days)d days") % {"days": days}) for days in DAYS]


class ReplayForm(forms.Form):
    """How much of history a replay is about."""

    days = forms.TypedChoiceField(
        label=_("Activities of"), choices=_spans, coerce=int, widget=forms.RadioSelect, initial=DAYS[0]
    )
