"""What conditions and caps need to know about the members of a batch, one query each."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import connection

from apps.members.models import Member, MemberTag
from apps.points import rules
from apps.points.context import facts_of

NOBODY_SPECIAL = rules.MemberContext()


def contexts(member_ids: Collection[int], at: datetime) -> dict[int, rules.MemberContext]:
    """Tags, birthday and the facts upper apps provide, of each member."""
    tags: dict[int, set[str]] = defaultdict(set)
    for member_id, code in MemberTag.objects.filter(member_id__in=member_ids).values_list(
        "member_id", "tag__code"
    ):
        tags[member_id].add(code)
    facts = facts_of(member_ids, at)
    members = Member.objects.filter(pk__in=member_ids).values_list("pk", "birthday", "status")
    return {
        pk: rules.MemberContext(status, frozenset(tags.get(pk, ())), birthday, facts[pk])
        for pk, birthday, status in members
    }


def caps_used(
    member_ids: Collection[int], rule_ids: Collection[int], periods: Collection[str]
) -> dict[int, dict[tuple[int, str], int]]:
    """What members have had from capped rules in these periods: {member: {(rule, period): points}}."""
    used: dict[int, dict[tuple[int, str], int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT member_id, rule_id, period, used FROM points_capuse
                WHERE member_id = ANY (%s) AND rule_id = ANY (%s) AND period = ANY (%s)""",
            [list(member_ids), list(rule_ids), list(periods)],
        )
        for member_id, rule_id, period, points in cursor:
            used[member_id][rule_id, period] = points
    return used
