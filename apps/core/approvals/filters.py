"""The query form of the requests."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.approvals import queries
from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.approvals.registry import act_words

BOXES = [("", _("All requests")), ("mine", _("Asked by me")), ("for_me", _("Waiting for me"))]


def _acts() -> list[tuple[str, Any]]:
    return list(act_words().items())


class RequestFilter(django_filters.FilterSet):
    """Mine or for me to decide, by state and act."""

    box = django_filters.ChoiceFilter(
        label=_("Whose"), choices=BOXES[1:], empty_label=BOXES[0][1], method="in_box"
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RequestState.choices, empty_label=_("All states")
    )
    act = django_filters.ChoiceFilter(label=_("Act"), choices=_acts, empty_label=_("All acts"))

    class Meta:
        model = ApprovalRequest
        fields: list[str] = []

    def in_box(self, rows: QuerySet[ApprovalRequest], name: str, box: str) -> QuerySet[ApprovalRequest]:
        staff = self.request.user
        if box == "mine":
            return rows.filter(asked_by_id=staff.pk)
        return rows.filter(pk__in=queries.waiting_for(staff, clock.now()).values("pk"))
