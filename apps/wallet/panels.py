"""What this app shows: the balance on the member's page, what tills took in today on the home page; its
codes in words for the audit log; its tables for the personal-data desk."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.registry import HomeCard, MemberPanel, home_cards, member_panels
from apps.members.models import Member
from apps.stores.models import Staff
from apps.wallet import desk, queries
from apps.wallet.models import Formula, Means, SplitRule

SHOWN = 50
SEE = "wallet.view_topup"


def balance_of(member: Member, staff: Staff) -> Mapping[str, Any]:
    """Principal and gift, the latest top-ups with what is left of each, the latest movements."""
    day = clock.business_day(clock.now())
    top_ups = queries.top_ups_of(member.pk, limit=SHOWN)
    rests = queries.rests_of([top_up.pk for top_up in top_ups], day=day)
    return {
        "balance": queries.balance_of(member.pk, day=day),
        "top_ups": [(top_up, rests[top_up.pk]) for top_up in top_ups],
        "movements": queries.movements(member.pk, limit=SHOWN),
    }


def topped_up_on(staff: Staff, day: date) -> int:
    """Fen taken in on a business day in the stores of the scope."""
    rows = queries.top_ups_for(staff).filter(day=day).order_by()
    return rows.aggregate(fen=Sum("principal_fen"))["fen"] or 0


member_panels.register(
    MemberPanel("balance", _("Stored value"), "wallet/_member.html", balance_of, SEE, order=25)
)
home_cards.register(
    HomeCard("topped_up", _("Topped up today"), topped_up_on, unit="money", permission=SEE, order=45)
)
audit.register_words("means", dict(Means.choices))
audit.register_words("formula", dict(Formula.choices))
audit.register_words("split", dict(SplitRule.choices))
desk.register()
