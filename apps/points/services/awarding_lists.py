"""Awards by a list: checked whole when it comes in, awarded in chunks once it may be.

Each chunk is one transaction under the list's lock: it posts the next rows (keys ``mass:<request>:<row>``)
and moves ``last_row``. Killed anywhere, the next worker goes on after it; nothing is awarded twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from apps.core import audit
from apps.core.approvals import services as approvals
from apps.core.approvals.plans import fingerprint
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.points.errors import ListEnded
from apps.points.models import MassAward, MassRow

ROWS_AT_ONCE = 500
SUBJECT = "points.mass_award"


@dataclass(frozen=True, slots=True)
class ListRow:
    """One award: the line of the file, the member, the points, and the last day (None: for ever)."""

    line: int
    member_id: int
    points: int
    expires_on: date | None = None


@transaction.atomic
def keep_list(*, name: str, note: str, rows: Sequence[ListRow], actor: Actor, at: datetime) -> MassAward:
    """Keep a checked list; nothing is awarded yet."""
    made = MassAward.objects.create(
        name=name[-120:],
        note=note,
        rows=len(rows),
        points=sum(row.points for row in rows),
        fingerprint=fingerprint({"rows": [[row.member_id, row.points, str(row.expires_on)] for row in rows]}),
        uploaded_by_id=actor.staff_id,
        uploaded_at=at,
    )
    MassRow.objects.bulk_create(
        (
            MassRow(
                award=made,
                number=number,
                line=row.line,
                member_id=row.member_id,
                points=row.points,
                expires_on=row.expires_on,
            )
            for number, row in enumerate(rows, 1)
        ),
        batch_size=5_000,
    )
    data = {"name": made.name, "rows": made.rows, "points": made.points}
    audit.record("points.keep_list", actor=actor, subject=(SUBJECT, made.pk), at=at, data=data)
    return made


@transaction.atomic
def start_list(*, list_id: int, request_id: int) -> MassAward:
    """Let workers at a list. Raises ListEnded when it was awarded before."""
    made = hold_list(list_id=list_id)
    if made.request_id is not None:
        raise ListEnded(list_id)
    made.request_id = request_id
    made.save(update_fields=["request_id"])
    return made


def hold_list(*, list_id: int) -> MassAward:
    """The list, locked to the end of the transaction."""
    return MassAward.objects.select_for_update().get(pk=list_id)


@transaction.atomic
def award_chunk(*, list_id: int, at: datetime) -> int:
    """Award the next rows of a started list; how many. The last chunk finishes the request."""
    made = hold_list(list_id=list_id)
    if made.request_id is None or made.last_row >= made.rows:
        return 0
    rows = list(made.lines.filter(number__gt=made.last_row).order_by("number")[:ROWS_AT_ONCE])
    posted = ledger.post([_posting(made, row, at) for row in rows])
    for row, done in zip(rows, posted, strict=True):
        row.entry_id = done.entry_id
    MassRow.objects.bulk_update(rows, ["entry_id"])
    made.last_row = rows[-1].number
    made.save(update_fields=["last_row"])
    if made.last_row == made.rows:
        done = {"count": made.rows, "points": made.points}
        approvals.finish(subject=(SUBJECT, list_id), result={"done": done}, at=at)
    return len(rows)


def _posting(made: MassAward, row: MassRow, at: datetime) -> ledger.Posting:
    return ledger.Posting(
        row.member_id,
        "adjust",
        row.points,
        at,
        source=f"mass:{made.request_id}:{row.number}",
        explanation={"reason": made.note, "list": made.name, "request": made.request_id},
        lots=(ledger.LotGrant(row.points, row.expires_on),),
        staff_id=made.uploaded_by_id,
    )
