"""Members' first level: everybody's, since they joined or the programme began."""

from collections.abc import Iterable

from django.db import connection

from apps.tiers import queries
from apps.tiers.queries import LiveProgramme


def join_range(programme: LiveProgramme, first: int, last: int) -> int:
    """Give members of a range without a standing their first level; how many."""
    level = programme.versions[0].level_ids[0]
    with connection.cursor() as cursor:
        values = [programme.id, level, first, last, programme.begins_at]
        cursor.execute("SELECT tiers_join(%s, %s, %s, %s, %s)", values)
        return cursor.fetchone()[0]


def join(programme: LiveProgramme, member_ids: Iterable[int]) -> None:
    """Give these members their first level if they have no standing."""
    for member_id in sorted(member_ids):
        join_range(programme, member_id, member_id)


def join_programmes(*, member_id: int) -> None:
    """Give a new member the first level of every programme in force."""
    for programme in queries.live_programmes():
        join_range(programme, member_id, member_id)
