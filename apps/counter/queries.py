"""What the counter's pages show: a member at a glance, and the rows of a statement."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core import clock
from apps.counter import codes
from apps.ledger import queries as ledger
from apps.members.models import Member, MemberStatus, Tag

EXPIRING_DAYS = 90


@dataclass(frozen=True)
class Card:
    """A member at a glance."""

    member: Member
    holding: ledger.Holding
    expiring: list[ledger.Expiring]
    tags: list[str]
    has_birthday_month: bool

    @property
    def is_active(self) -> bool:
        return self.member.status == MemberStatus.ACTIVE

    @property
    def qr(self) -> SafeString:
        label = _("QR code of member %(number)s") % {"number": self.member.number}
        return codes.qr_svg(self.member.qr_payload, label)

    @property
    def barcode(self) -> SafeString:
        label = _("Barcode of member %(number)s") % {"number": self.member.number}
        return codes.barcode_svg(self.member.number, label)


def card(member: Member, *, at: datetime) -> Card:
    """Balance, what expires soon, tags: four queries, however long the history."""
    day = clock.business_day(at)
    return Card(
        member=member,
        holding=ledger.holding(member.pk, day=day),
        expiring=ledger.expiring(member.pk, day=day, within_days=EXPIRING_DAYS),
        tags=list(Tag.objects.filter(membertag__member=member).values_list("name", flat=True)),
        has_birthday_month=_is_birthday_month(member.birthday, day),
    )


def _is_birthday_month(birthday: date | None, day: date) -> bool:
    return birthday is not None and birthday.month == day.month
