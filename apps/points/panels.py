"""What this app shows on the member's page: the points, what of them expires soon, and every movement
with its reason; and which clearing took points away."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.registry import MemberPanel, member_panels
from apps.ledger import queries as ledger
from apps.members.models import Member
from apps.points import origins, sentences, truths
from apps.points.models import ClearingRun
from apps.points.origins import Origin
from apps.stores.models import Staff

SHOWN = 50


def points_of(member: Member, staff: Staff) -> Mapping[str, Any]:
    """The holding, the next expiries and the latest movements of a member."""
    today = clock.business_day(clock.now())
    entries = ledger.statement(member.pk).select_related("store")[:SHOWN]
    return {
        "member": member,
        "holding": ledger.holding(member.pk, day=today),
        "expiring": ledger.expiring(member.pk, day=today),
        "rows": [{"entry": entry, "why": sentences.award_sentences(entry.explanation)} for entry in entries],
    }


member_panels.register(
    MemberPanel("points", _("Points"), "points/_member.html", points_of, "ledger.view_entry", order=20)
)
truths.register()


def clearing_of(source: str) -> Origin | None:
    """The run behind ``clear:<run>:<account>``."""
    key = source.split(":")[1]
    run = ClearingRun.objects.filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
    if run is None:
        return None
    title = _("Clearing as of %(day)s") % {"day": run.as_of.isoformat()}
    return Origin(title, url=reverse("admin:points_clearingrun_change", args=[run.pk]))


origins.register("clear", clearing_of)
