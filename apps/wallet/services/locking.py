"""The one order in which a member's stored value is locked."""

from apps.ledger import services as ledger
from apps.ledger.services import AccountState
from apps.members.models import Member, MemberStatus
from apps.wallet.assets import GIFT, PRINCIPAL
from apps.wallet.errors import MemberRests


def lock_wallet(member_id: int) -> tuple[AccountState, AccountState]:
    """Principal first, then gift, to the end of the transaction. Raises UnknownMember."""
    principal, gift = (ledger.lock_accounts([member_id], asset)[member_id] for asset in (PRINCIPAL, GIFT))
    return principal, gift


def active_member(member_id: int) -> Member:
    """The member. Raises MemberRests for one that is frozen or closed."""
    member = Member.objects.get(pk=member_id)
    if member.status != MemberStatus.ACTIVE:
        raise MemberRests(member.status)
    return member
