"""Moving one member's points by hand: with a reason, a note, perhaps a paper, within a daily limit.

The limit counts what a person moved on a business day, both ways, and is checked and used under one lock.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from apps.core import audit, clock
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.points import queries
from apps.points.errors import BadAttachment, LimitReached, ReasonUnknown
from apps.points.models import Adjustment, AdjustmentLimit, AdjustmentReason, Attachment

MOST_MB = 2
MARKS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be moved: points above zero come in, below zero go out."""

    member_id: int
    points: int
    reason: str
    note: str
    expires_on: date | None = None
    attachment_id: int | None = None


@transaction.atomic
def adjust(*, wish: Wish, request_id: int, actor: Actor, at: datetime) -> Adjustment:
    """Move the points and keep why. Raises LimitReached, ReasonUnknown, NotEnough, AlreadyPosted."""
    hold_limit(actor.staff_id)
    check_limit(staff_id=actor.staff_id, points=wish.points, at=at)
    reason = open_reason(wish.reason)
    lots = (ledger.LotGrant(wish.points, wish.expires_on),) if wish.points > 0 else ()
    posting = ledger.Posting(
        wish.member_id,
        "adjust",
        wish.points,
        at,
        source=f"adjust:{request_id}",
        explanation={"reason": reason.name, "note": wish.note, "request": request_id},
        lots=lots,
        staff_id=actor.staff_id,
        store_id=actor.store_id,
    )
    posted = ledger.post([posting])[0]
    made = Adjustment.objects.create(
        request_id=request_id,
        member_id=wish.member_id,
        points=wish.points,
        reason=reason,
        note=wish.note,
        attachment_id=wish.attachment_id,
        entry_id=posted.entry_id,
        staff_id=actor.staff_id,
        store_id=actor.store_id,
        day=clock.business_day(at),
        at=at,
    )
    data = {"points": wish.points, "reason": reason.name, "note": wish.note, "request": request_id}
    audit.record("points.adjust", actor=actor, subject=("member", wish.member_id), at=at, data=data)
    return made


def hold_limit(staff_id: int | None) -> None:
    """One person's adjustments take turns, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('points.adjust'), %s)", [staff_id or 0])


def check_limit(*, staff_id: int | None, points: int, at: datetime) -> None:
    """Raises LimitReached when the day has not that much left for this person."""
    day = clock.business_day(at)
    moved, limit = queries.moved_by_hand(staff_id, day), queries.daily_limit(staff_id)
    if moved + abs(points) > limit:
        raise LimitReached(abs(points), moved, limit)


def open_reason(code: str) -> AdjustmentReason:
    """The reason of this code. Raises ReasonUnknown, also for one switched off."""
    reason = AdjustmentReason.objects.filter(code=code, is_active=True).first()
    if reason is None:
        raise ReasonUnknown(code)
    return reason


@transaction.atomic
def attach(*, member_id: int, name: str, content: bytes, actor: Actor, at: datetime) -> Attachment:
    """Keep a paper for a member's adjustment. What it is, its first bytes say. Raises BadAttachment."""
    kind = next((kind for mark, kind in MARKS.items() if content.startswith(mark)), None)
    if kind is None or len(content) > MOST_MB * 1024 * 1024:
        raise BadAttachment(MOST_MB)
    return Attachment.objects.create(
        member_id=member_id,
        name=name[-120:],
        kind=kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        added_by_id=actor.staff_id,
        added_at=at,
    )


@transaction.atomic
def set_reason(*, code: str, name: str, is_active: bool, actor: Actor, at: datetime) -> AdjustmentReason:
    """Word a reason, open or switch it off."""
    terms = {"name": name, "is_active": is_active}
    reason, _created = AdjustmentReason.objects.update_or_create(code=code, defaults=terms)
    data = {"code": code, **terms}
    audit.record("points.set_reason", actor=actor, subject=("points.reason", code), at=at, data=data)
    return reason


@transaction.atomic
def set_limit(*, staff_id: int | None, points_per_day: int, actor: Actor, at: datetime) -> AdjustmentLimit:
    """Say how many points a day one person, or everybody without a limit of his own, may move by hand."""
    terms = {"points_per_day": points_per_day}
    limit, _created = AdjustmentLimit.objects.update_or_create(staff_id=staff_id, defaults=terms)
    data = {"who": str(limit.staff or "*"), "points": points_per_day}
    audit.record("points.set_limit", actor=actor, subject=("points.limit", staff_id or "*"), at=at, data=data)
    return limit
