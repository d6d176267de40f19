"""What the counter's pages show: a member at a glance, and the rows of a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.activity import queries as activity
from apps.activity.models import Activity, Line, Quote
from apps.core import clock
from apps.counter import codes
from apps.ledger import queries as ledger
from apps.members.models import Member, MemberStatus, Tag
from apps.points import queries as points
from apps.stores import queries as stores
from apps.stores.models import Staff, Store
from apps.tiers import queries as tiers
from apps.tiers import sentences
from apps.wallet import queries as wallet
from apps.wallet.models import TopUp

EXPIRING_DAYS = 90
VISITS_SHOWN = 6


@dataclass(frozen=True)
class Card:
    """A member at a glance."""

    member: Member
    holding: ledger.Holding
    expiring: list[ledger.Expiring]
    tags: list[str]
    visits: list[Activity]
    open_quotes: list[Quote]
    has_birthday_month: bool
    standings: list[sentences.Told]
    balance: wallet.Balance

    @property
    def is_active(self) -> bool:
        return self.member.status == MemberStatus.ACTIVE

    @property
    def overdue(self) -> int:
        """Points past their last day that clearing has not booked yet."""
        held = self.holding
        return max(held.balance + held.owed - held.spendable - held.held - held.pending, 0)

    @property
    def qr(self) -> SafeString:
        label = _("QR code of member %(number)s") % {"number": self.member.number}
        return codes.qr_svg(self.member.qr_payload, label)

    @property
    def barcode(self) -> SafeString:
        label = _("Barcode of member %(number)s") % {"number": self.member.number}
        return codes.barcode_svg(self.member.number, label)


def card(member: Member, *, at: datetime) -> Card:
    """Points, balance, expiries, tags, visits, tiers: a fixed number of queries, however long the history."""
    day = clock.business_day(at)
    return Card(
        member=member,
        holding=ledger.holding(member.pk, day=day),
        expiring=ledger.expiring(member.pk, day=day, within_days=EXPIRING_DAYS),
        tags=list(Tag.objects.filter(membertag__member=member).values_list("name", flat=True)),
        visits=list(activity.visits(member.pk, limit=VISITS_SHOWN)),
        open_quotes=_open_quotes(member.pk, at),
        has_birthday_month=_is_birthday_month(member.birthday, day),
        standings=[sentences.told(each) for each in tiers.glances(member, at)],
        balance=wallet.balance_of(member.pk, day=day),
    )


def _open_quotes(member_id: int, at: datetime) -> list[Quote]:
    """Sales that hold points or balance and wait to be finished or let go."""
    waiting = Quote.objects.filter(member=member_id, state=Quote.State.OPEN, due_at__gt=at)
    held = waiting.filter(Q(points__gt=0) | Q(balance_fen__gt=0))
    return list(held.order_by("created_at"))


def _is_birthday_month(birthday: date | None, day: date) -> bool:
    return birthday is not None and birthday.month == day.month


def categories(visits: Sequence[Activity], *, at: datetime) -> list[str]:
    """What to offer as a line's category: what the member bought lately, what rules name."""
    bought = Line.objects.filter(activity__in=[visit.pk for visit in visits]).values_list(
        "category", flat=True
    )
    named = {name for rule in points.live_rules(at) for name in rule.spec.categories}
    return sorted(named.union(bought) - {""})


def staff_at(staff: Staff, store: Store) -> list[tuple[int, str]]:
    """Who may have served at a store: its staff and the reader."""
    colleagues = stores.staff_for(staff).filter(home_store=store, is_active=True).order_by("username")
    return list(dict([(staff.pk, str(staff)), *((one.pk, str(one)) for one in colleagues)]).items())


def visit(activity_id: int) -> Activity | None:
    """A purchase or refund with whom and where it was."""
    related = Activity.objects.select_related("member", "store", "staff")
    return related.filter(pk=activity_id, kind__in=("purchase", "refund")).first()


def top_up(top_up_id: int) -> TopUp | None:
    """A top-up with whom and where it was."""
    related = TopUp.objects.select_related("member", "plan", "store", "staff")
    return related.filter(pk=top_up_id).first()


def quote(quote_id: UUID) -> Quote | None:
    """A quote with whom and where it was made."""
    return Quote.objects.select_related("member", "store", "staff").filter(pk=quote_id).first()


def quote_of(member_id: int, text: str) -> Quote | None:
    """The unsold quote of a member that an address names, if it names one."""
    try:
        quote_id = UUID(text)
    except ValueError:
        return None
    return Quote.objects.filter(pk=quote_id, member=member_id, activity=None).first()
