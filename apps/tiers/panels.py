"""What this app shows on the member's page, and what it tells rules of points: each member's tiers."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.registry import MemberPanel, member_panels
from apps.members.models import Member
from apps.points import context
from apps.stores.models import Staff
from apps.tiers import queries, sentences


def tiers_of(member_ids: Collection[int], at: datetime) -> dict[int, tuple[str, ...]]:
    """Level codes of each member in every programme, also as ``programme/level``."""
    return queries.level_codes(member_ids, at)


def standing_of(member: Member, staff: Staff) -> Mapping[str, Any]:
    """The member's standing in every programme and the history of it."""
    return {
        "standings": [sentences.told(each) for each in queries.glances(member, clock.now())],
        "spells": [
            {
                "spell": spell,
                "why": sentences.why(spell.explanation),
                "growth": spell.explanation.get("growth"),
            }
            for spell in queries.spells_of(member)
        ],
    }


context.provide("tier", tiers_of)
member_panels.register(
    MemberPanel("tiers", _("Tiers"), "tiers/_member.html", standing_of, "members.view_member", order=15)
)
