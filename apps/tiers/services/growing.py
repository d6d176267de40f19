"""Growth of what members do, booked with it: a credit per activity and programme, taken back by refunds.

The caller records the activities in the same transaction and holds the locks of their members' points. With
no programme in force nothing is asked or written.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from apps.core import clock
from apps.ledger import services as ledger
from apps.ledger.models import Entry
from apps.members.models import MemberTag
from apps.tiers import history, queries, rules
from apps.tiers.queries import LiveProgramme, LiveVersion
from apps.tiers.services.promoting import Moment, promote, reassess


@dataclass(frozen=True, slots=True)
class Booked:
    """A credit and the wording that gave it."""

    version: LiveVersion
    credit: rules.Credit

    def source(self, programme: LiveProgramme) -> str:
        return growth_source(self.credit.deed.activity_id, programme.code)


def growth_source(activity_id: int, programme_code: str) -> str:
    """The key under which an activity gives growth in a programme, once for ever."""
    return f"activity:{activity_id}:growth:{programme_code}"


def grows(stamp: int | None) -> bool:
    """Whether any programme is in force under this stamp of the rulebook: no query once that is known."""
    return bool(queries.live_programmes(stamp))


def grow(deeds: Sequence[rules.Deed], *, at: datetime, stamp: int | None) -> None:
    """Book the growth of activities just recorded and upgrade members at once where the policy says so."""
    for programme in queries.live_programmes(stamp):
        booked = _credits(programme, deeds)
        book(programme, booked)
        promote(programme, [_moment(each.credit) for each in booked], at=at)


def take_back(refunds: Sequence[rules.Deed], *, at: datetime, stamp: int | None) -> None:
    """Take back the growth that refunded purchases no longer deserve, and assess their members again."""
    for programme in queries.live_programmes(stamp):
        taken = [deed for deed in refunds if take_back_one(programme, deed)]
        reassess(programme, [Moment(deed.member_id, deed.occurred_at) for deed in taken], at=at)


def book(programme: LiveProgramme, booked: Sequence[Booked]) -> None:
    """Write credits to the ledger, in the order given."""
    ledger.post(
        [
            ledger.Posting(
                member_id=each.credit.deed.member_id,
                kind="award",
                amount=each.credit.growth,
                at=each.credit.deed.occurred_at,
                asset=programme.asset,
                source=each.source(programme),
                explanation=rules.explain(each.version.spec, each.version.number, each.credit),
            )
            for each in booked
        ]
    )


def take_back_one(programme: LiveProgramme, refund: rules.Deed) -> int:
    """Reverse what a refund takes from its purchase's own credit; how much that was."""
    reversed_so_far = Coalesce(Sum("reversal_parts__requested"), 0)
    credits = Entry.objects.filter(source=growth_source(refund.refund_of, programme.code))
    credit = credits.annotate(left=F("amount") - reversed_so_far).first()
    if credit is None:
        return 0
    spec = programme.numbered(credit.explanation["growth"]["version"]).spec
    amount = rules.taken_back(spec, credit.explanation, refund) - (credit.amount - credit.left)
    if amount <= 0:
        return 0
    request = ledger.ReversalRequest(
        source=f"refund:{refund.activity_id}:{credit.pk}",
        at=refund.occurred_at,
        amount=amount,
        explanation={"growth": {"programme": programme.code, "refund": refund.activity_id}},
    )
    ledger.reverse(credit.pk, request)
    return amount


def _moment(credit: rules.Credit) -> Moment:
    return Moment(credit.deed.member_id, credit.deed.occurred_at)


def _credits(programme: LiveProgramme, deeds: Sequence[rules.Deed]) -> list[Booked]:
    by_version: dict[int, list[rules.Deed]] = defaultdict(list)
    versions: dict[int, LiveVersion] = {}
    for deed in deeds:
        version = programme.at(deed.occurred_at)
        versions[version.id] = version
        by_version[version.id].append(deed)
    return [
        Booked(versions[version_id], credit)
        for version_id, group in by_version.items()
        for credit in _grown(versions[version_id].spec, group)
    ]


def _grown(spec: rules.ProgrammeSpec, deeds: Sequence[rules.Deed]) -> list[rules.Credit]:
    tags = _tags({deed.member_id for deed in deeds}) if spec.asks_tags else {}
    if not spec.reaches_back:
        return [credit for deed in deeds for credit in rules.grow(spec, [deed], tags.get(deed.member_id, ()))]
    new = {deed.activity_id for deed in deeds}
    since = min(
        clock.day_start(rules.first_day(spec.reaches_back, deed.occurred_at.date())) for deed in deeds
    )
    told = history.reader().of_members({deed.member_id for deed in deeds}, since, with_lines=spec.asks_lines)
    return [
        credit
        for member_id, earlier in told.items()
        for credit in rules.grow(spec, earlier, tags.get(member_id, ()))
        if credit.deed.activity_id in new
    ]


def _tags(member_ids: set[int]) -> Mapping[int, set[str]]:
    tags: dict[int, set[str]] = defaultdict(set)
    rows = MemberTag.objects.filter(member_id__in=member_ids)
    for member_id, code in rows.values_list("member_id", "tag__code"):
        tags[member_id].add(code)
    return tags
