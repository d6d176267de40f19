"""What the approval desk shows of itself in the shell: two lines of the sidebar and a card of today."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.approvals import queries
from apps.core.registry import HomeCard, MenuItem, home_cards, menu
from apps.core.truth import beating, listening

REQUESTS, SEE = "admin:core_approvalrequest_changelist", "core.view_approvalrequest"
MOST = 99
THRESHOLDS = "admin:core_approvalthreshold_changelist"


def waiting(staff: Any, at: datetime) -> int:
    """How many requests this staff member may decide now; counted up to ``MOST``."""
    return len(queries.waiting_for(staff, at).values_list("pk", flat=True)[:MOST])


def waiting_today(staff: Any, day: date) -> int:
    return waiting(staff, clock.now())


menu.register(
    MenuItem(
        "approvals",
        "approvals",
        _("Approval requests"),
        "fact_check",
        REQUESTS,
        SEE,
        order=10,
        count=waiting,
    )
)
menu.register(
    MenuItem(
        "thresholds",
        "approvals",
        _("Approval thresholds"),
        "tune",
        THRESHOLDS,
        "core.view_approvalthreshold",
        order=20,
    )
)
home_cards.register(
    HomeCard(
        "approvals",
        _("Waiting for my approval"),
        waiting_today,
        permission=queries.APPROVE,
        url_name=REQUESTS,
        order=200,
    )
)
listening.register()
beating.register()
