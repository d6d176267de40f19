"""What this app shows on the back office's home page."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.registry import HomeCard, home_cards
from apps.members.models import Member
from apps.stores import queries as stores
from apps.stores.models import Staff


def enrolled_on(staff: Staff, day: date) -> int:
    """How many members were enrolled on a business day in the stores of the scope."""
    rows = Member.objects.filter(joined_at__gte=clock.day_start(day), joined_at__lt=clock.day_end(day))
    if not staff.sees_all_stores:
        rows = rows.filter(home_store__in=stores.stores_for(staff))
    return rows.count()


home_cards.register(
    HomeCard("enrolled", _("Members enrolled today"), enrolled_on, permission="members.view_member", order=10)
)
