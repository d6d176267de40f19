"""What this app shows: tabs of the member's page, and a number on the back office's home page."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.models import AuditEntry
from apps.core.registry import HomeCard, MemberPanel, home_cards, member_panels
from apps.members import copies
from apps.members.models import Member
from apps.stores import queries as stores
from apps.stores.models import Staff

TRAIL = 50
CONSENTS = 20


def enrolled_on(staff: Staff, day: date) -> int:
    """How many members were enrolled on a business day in the stores of the scope."""
    rows = Member.objects.filter(joined_at__gte=clock.day_start(day), joined_at__lt=clock.day_end(day))
    if not staff.sees_all_stores:
        rows = rows.filter(home_store__in=stores.stores_for(staff))
    return rows.count()


def profile_of(member: Member, staff: Staff) -> Mapping[str, Any]:
    """What is known of a member: person, origin, tags, identities, consents."""
    return {
        "member": member,
        "referrer": member.referrer.number if member.referrer_id else "",
        "tags": [row.tag for row in member.membertag_set.select_related("tag").order_by("tag__code")],
        "identities": member.identities.select_related("channel").order_by("channel__code", "pk"),
        "consents": member.consents.select_related("staff").order_by("-pk")[:CONSENTS],
        "stores": member.storelink_set.select_related("store").order_by("at", "pk")[:CONSENTS],
    }


def trail_of(member: Member, staff: Staff) -> Mapping[str, Any]:
    """What was done to a member, last first."""
    entries = AuditEntry.objects.filter(subject_type="member", subject_id=str(member.pk)).order_by("-pk")
    return {"rows": [{"entry": entry, "sentence": audit.sentence(entry)} for entry in entries[:TRAIL]]}


PANELS = (
    MemberPanel("profile", _("Profile"), "members/_profile.html", profile_of, order=10),
    MemberPanel("trail", _("What was done"), "members/_trail.html", trail_of, order=900),
)
for panel in PANELS:
    member_panels.register(panel)
home_cards.register(
    HomeCard("enrolled", _("Members enrolled today"), enrolled_on, permission="members.view_member", order=10)
)
copies.register()
