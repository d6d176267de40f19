"""What this app does when it hears of something: a new member joins every programme in force."""

from apps.core.models import OutboxEvent
from apps.core.outbox import subscribe
from apps.tiers import services as tiers


def join_programmes(event: OutboxEvent) -> None:
    """A member enrolled: the first level of every programme is theirs."""
    tiers.join_programmes(member_id=event.payload["member_id"])


subscribe("member.enrolled", "tiers.join", join_programmes)
