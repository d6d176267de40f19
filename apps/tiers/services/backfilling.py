"""Growth of the past: what was done before a programme was published, entered at the activities' own times.

Members are worked on range by range, each in one transaction; an activity that has its growth already is left
alone, so a range may be done again. A programme is not assessed before its past is booked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from apps.ledger.assets import asset_id
from apps.members.models import Member, MemberTag
from apps.tiers import history, queries, rules
from apps.tiers.models import Backfill, BackfillChunk, Programme
from apps.tiers.services.growing import Booked, book, take_back_one
from apps.tiers.services.joining import join_range

_GROWN = """
  SELECT e.source FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
   WHERE a.asset_id = %s AND a.member_id BETWEEN %s AND %s AND e.source IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class PastDone:
    """What one range came to."""

    credits: int
    growth: int


def plan_backfill(*, programme: Programme, at: datetime) -> Backfill:
    """Note what is to be booked for a programme that is being published. The ranges hold all members."""
    ranges = history.reader().ranges()
    backfill = Backfill.objects.create(
        programme=programme, activities=sum(size for _first, _last, size in ranges), created_at=at
    )
    newest = Member.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    lasts = [last for _first, last, _size in ranges[:-1]] + [newest]
    firsts = [0] + [last + 1 for last in lasts[:-1]]
    BackfillChunk.objects.bulk_create(
        BackfillChunk(backfill=backfill, first_member=first, last_member=last)
        for first, last in zip(firsts, lasts, strict=True)
    )
    return backfill


@transaction.atomic
def run_backfill_chunk(*, programme_id: int, at: datetime) -> PastDone | None:
    """Book the growth of one range of members and give them their first level; None when no range is left."""
    waiting = BackfillChunk.objects.filter(backfill__programme=programme_id, done_at__isnull=True)
    waiting = waiting.select_related("backfill__programme").order_by("first_member")
    chunk = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if chunk is None:
        return None
    programme = queries.live_programme(chunk.backfill.programme.code)
    done = _book_range(programme, chunk.first_member, chunk.last_member)
    join_range(programme, chunk.first_member, chunk.last_member)
    chunk.credits, chunk.growth, chunk.done_at = done.credits, done.growth, at
    chunk.save(update_fields=["credits", "growth", "done_at"])
    return done


def finish_backfill(*, programme_id: int, at: datetime) -> bool:
    """Close the backfill if its last range is done; whether it is closed now."""
    undone = BackfillChunk.objects.filter(backfill=OuterRef("pk"), done_at__isnull=True)
    backfills = Backfill.objects.filter(programme=programme_id)
    backfills.filter(finished_at__isnull=True).exclude(Exists(undone)).update(finished_at=at)
    return not backfills.filter(finished_at__isnull=True).exists()


def _book_range(programme: queries.LiveProgramme, first: int, last: int) -> PastDone:
    with_lines = any(version.spec.asks_lines for version in programme.versions)
    deeds = history.reader().of_range(first, last, with_lines=with_lines)
    grown = _grown(programme, first, last)
    tags = _tags(programme, first, last)
    version = programme.versions[0]
    credits = [
        Booked(version, credit)
        for member_id, told in deeds.items()
        for credit in rules.grow(version.spec, told, tags.get(member_id, ()))
    ]
    new = [each for each in credits if each.source(programme) not in grown]
    book(programme, new)
    _take_back(programme, deeds, grown)
    return PastDone(len(new), sum(each.credit.growth for each in new))


def _take_back(
    programme: queries.LiveProgramme, deeds: Mapping[int, Sequence[rules.Deed]], grown: set[str]
) -> None:
    refunds = [deed for told in deeds.values() for deed in told if deed.kind == rules.REFUND]
    for deed in refunds:
        if not any(source.startswith(f"refund:{deed.activity_id}:") for source in grown):
            take_back_one(programme, deed)


def _grown(programme: queries.LiveProgramme, first: int, last: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_GROWN, [asset_id(programme.asset), first, last])
        return {source for (source,) in cursor}


def _tags(programme: queries.LiveProgramme, first: int, last: int) -> dict[int, set[str]]:
    tags: dict[int, set[str]] = {}
    if any(version.spec.asks_tags for version in programme.versions):
        rows = MemberTag.objects.filter(member_id__range=(first, last))
        for member_id, code in rows.values_list("member_id", "tag__code"):
            tags.setdefault(member_id, set()).add(code)
    return tags
