"""What this app shows: numbers on the back office's home page, a tab of the member's page, what caused a
movement in the why-panel, and what growth is given for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.activity import desk, growth, origins, queries
from apps.activity.models import Activity, ActivityKind
from apps.core import clock
from apps.core.registry import HomeCard, MemberPanel, home_cards, member_panels
from apps.members.models import Member
from apps.points.links import VersionLink, version_links
from apps.points.models import RuleKind
from apps.stores import queries as stores
from apps.stores.models import Staff
from apps.tiers import history


def purchases_on(staff: Staff, day: date) -> QuerySet[Activity]:
    """The purchases of a business day in the stores of the scope."""
    rows = Activity.objects.filter(
        kind=ActivityKind.PURCHASE,
        occurred_at__gte=clock.day_start(day),
        occurred_at__lt=clock.day_end(day),
    )
    return rows if staff.sees_all_stores else rows.filter(store__in=stores.stores_for(staff))


def count_of(staff: Staff, day: date) -> int:
    return purchases_on(staff, day).count()


def turnover_of(staff: Staff, day: date) -> int:
    """Fen, before points were taken off."""
    return purchases_on(staff, day).aggregate(fen=Sum("amount_fen"))["fen"] or 0


def visits_of(member: Member, staff: Staff) -> Mapping[str, Any]:
    """The latest purchases and refunds of a member."""
    return {"visits": queries.visits(member.pk, limit=VISITS)}


VISITS = 50
member_panels.register(
    MemberPanel(
        "visits", _("Purchases"), "activity/_visits.html", visits_of, "activity.view_activity", order=30
    )
)
VIEW = "members.view_member"
home_cards.register(HomeCard("purchases", _("Purchases today"), count_of, permission=VIEW, order=20))
home_cards.register(
    HomeCard("turnover", _("Members' turnover today"), turnover_of, unit="money", permission=VIEW, order=21)
)
origins.register()
version_links.register(
    VersionLink(
        "replay",
        _("Replay on real activities"),
        "admin:activity_replay_start",
        "activity.run_replay",
        kinds=(RuleKind.EARNING,),
    )
)
desk.register()
history.provide(growth.ActivityReader())
