"""Two stores that have nothing to do with each other, each with one of everything an address can name.

Every text of a side carries its canary, a word found nowhere else: where it shows up, that side's data
did. ``SAMPLES`` says what an argument of an address may be; a new kind of object is added here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.models import GroupResult, TaskResult

from apps.activity import services as activity
from apps.activity.models import Activity, Quote, Replay
from apps.activity.rules import Fact, FactLine
from apps.core import clock, outbox
from apps.core.approvals.models import ApprovalRequest
from apps.core.audit import Actor
from apps.core.models import AuditEntry, OutboxEvent
from apps.ledger import services as ledger
from apps.ledger.models import Decline, Entry
from apps.members import services as members
from apps.members.models import Channel, ConsentEvent, Member, PhoneExport, Reveal, Tag
from apps.points import services as points
from apps.points.models import (
    Adjustment,
    AdjustmentLimit,
    AdjustmentReason,
    Attachment,
    ClearingRun,
    ExtensionRun,
    MassRow,
    Rule,
    RuleVersion,
    UnitCost,
)
from apps.stores import roles
from apps.stores.models import Staff, Store
from apps.tiers import presets
from apps.tiers import services as tiers
from apps.tiers.models import Programme
from apps.wallet import services as wallet
from apps.wallet.models import Policy, PrincipalRefund, TopUp, TopUpPlan
from tests.factories import StaffFactory, StoreFactory

OPENED = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)
OWN, OTHER = "own store", "other store"
CANARIES = {OWN: "Goldfinch", OTHER: "Kingfisher"}
PHONES = {OWN: "13911110001", OTHER: "13922220002"}


@dataclass(frozen=True)
class Side:
    """One store's people and what happened there."""

    name: str
    store: Store
    clerk: Staff
    member: Member
    sale: Activity
    quote: Quote
    entry: Entry
    decline: Decline

    @property
    def canary(self) -> str:
        return CANARIES[self.name]


def open_side(name: str) -> Side:
    """A store, its clerk, and a member who bought, spent, was declined, was looked at and gave consent."""
    canary = CANARIES[name]
    store = StoreFactory(code=f"{canary}-S", name=f"{canary} Store", city=f"{canary} City")
    clerk = StaffFactory(username=f"{canary}-clerk", display_name=f"{canary} Clerk", home_store=store)
    actor = Actor(f"{canary} Clerk", clerk.pk, store.pk)
    member = _member(name, store, actor)
    sale = _sale(canary, member, store, clerk, actor)
    line = (FactLine(f"{canary} Meat", f"{canary}-sku", 1, 5_000),)
    wish = activity.SaleRequest(member.pk, store.pk, clerk.pk, line)
    quote = activity.quote_sale(wish, actor=actor, at=clock.now())
    _stored_value(canary, member, actor)
    declined = ledger.Declined(f"{canary}:decline", member.pk, OPENED, "no_rule", {"note": canary})
    ledger.decline([declined])
    return Side(
        name,
        store,
        clerk,
        member,
        sale,
        quote,
        Entry.objects.filter(member=member, account__asset__code="points").latest("pk"),
        Decline.objects.filter(member=member).latest("pk"),
    )


def _member(name: str, store: Store, actor: Actor) -> Member:
    canary, by = CANARIES[name], {"actor": actor, "at": OPENED}
    enrolment = members.Enrolment(
        phone=PHONES[name],
        name=f"={canary} Wang",
        store_id=store.pk,
        channel_code="counter",
        marketing_consent=True,
        attributes={"note": f"{canary} note"},
        identities=(("mini-app", f"{canary}-openid"),),
    )
    member = members.enrol(enrolment=enrolment, **by).member
    tag = members.create_tag(code=f"{canary}-tag".lower(), name=f"{name} tag", **by)
    members.add_tag(member_ids=[member.pk], tag_id=tag.pk, **by)
    members.reveal(member_id=member.pk, field="phone", reason=f"{canary} asked", **by)
    return member


def _stored_value(canary: str, member: Member, actor: Actor) -> None:
    """Money paid in, and some of it paid out again."""
    for n, fen in enumerate((1_000, 2_000)):
        key = uuid5(NAMESPACE_OID, f"{canary}{n}")
        wish = wallet.TopUpWish(key, member.pk, actor.store_id, "card", None, fen, f"{canary}-ref-{n}")
        made = wallet.top_up(wish=wish, actor=actor, at=OPENED)
    out = ("cooling_off", "cash", f"{canary} moves", actor.store_id, clock.business_day(OPENED))
    facts = {"receipt": made.receipt_number, "member": member.number, "formula": "cooling_off"}
    facts |= {"cash": 2_000, "principal": 2_000, "gift": 0, "means": "cash"}
    request = ApprovalRequest.objects.create(
        act="wallet.refund_principal",
        payload={},
        payload_hash=f"{canary} refund",
        plan={"measure": {"money_fen": 2_000}, "facts": facts, "columns": [], "examples": []},
        subject_type="wallet.top_up",
        subject_id=made.pk,
        reason=canary,
        asked_by_id=actor.staff_id,
        asked_by_name=actor.name,
        store_id=actor.store_id,
        asked_at=OPENED,
        expires_at=OPENED,
        state="done",
        basis="below",
    )
    wish = wallet.RefundWish(made.pk, *out)
    wallet.refund_principal(wish=wish, request_id=request.pk, actor=actor, at=OPENED)


def _sale(canary: str, member: Member, store: Store, clerk: Staff, actor: Actor) -> Activity:
    lot = ledger.LotGrant(900, expires_on=date(2040, 12, 31))
    posting = ledger.Posting(member.pk, "award", 900, OPENED, lots=(lot,), source=f"{canary}:gift")
    ledger.post([posting])
    fact = Fact(
        kind="purchase",
        channel="counter",
        external_id=f"{canary}-0001",
        member_id=member.pk,
        occurred_at=OPENED,
        store_id=store.pk,
        staff_id=clerk.pk,
        lines=(FactLine(f"{canary} Fish", f"{canary}-sku", 2, 12_000),),
        attributes={"note": f"{canary} note"},
    )
    receipt = activity.record_one(fact, at=OPENED)
    return Activity.objects.get(pk=receipt.activity_id)


@dataclass(frozen=True)
class Shop:
    """Both sides, seen from the first, and what belongs to the whole brand."""

    own: Side
    other: Side


def open_shop() -> Shop:
    """Everything an address of the product may name."""
    shop = Shop(open_side(OWN), open_side(OTHER))
    system = Actor("system")
    run = points.plan_clearing(as_of=date(2025, 1, 1), actor=system, at=clock.now())
    for side in (shop.own, shop.other):
        _ask_for(run, side)
    points.plan_extension(
        criteria=points.Criteria(first=date(2040, 1, 1)),
        until=date(2041, 1, 1),
        reason="sample",
        actor=system,
        at=clock.now(),
    )
    _replay(system)
    sample = presets.PRESETS[0].definition | {"code": "sample"}
    tiers.draft_programme(definition=sample, actor=system, at=clock.now())
    terms = wallet.PlanTerms("sample", "sample", 50_000, 5_000)
    wallet.draft_plan(terms=terms, actor=system, at=OPENED)
    wallet.publish_plan(terms=terms, actor=system, at=OPENED)
    outbox.announce("test.happened", {}, at=OPENED)
    _packages_rows()
    return shop


def _replay(actor: Actor) -> None:
    """A finished replay, with examples of both sides."""
    version = RuleVersion.objects.get(rule__code="base")
    wanted = activity.ReplayRequest(version.pk, days=max(activity.DAYS))
    replay = activity.start_replay(request=wanted, actor=actor, at=clock.now())
    while activity.run_replay_chunk(replay_id=replay.pk, at=clock.now()):
        pass
    activity.finish_replay(replay_id=replay.pk, at=clock.now())


def _ask_for(run: ClearingRun, side: Side) -> None:
    """A request for approval of this side's store, waiting."""
    empty = {"measure": {"count": 0, "points": 0, "money_fen": 0}, "columns": [], "examples": []}
    facts = {"as_of": f"{side.canary} day", "points": 0, "accounts": 0, "lots": 0}
    asked = ApprovalRequest.objects.create(
        act=points.CLEAR,
        payload={"run": run.pk},
        payload_hash=side.canary,
        plan={**empty, "facts": facts},
        subject_type="points.clearing",
        subject_id=run.pk,
        reason=side.canary,
        asked_by_id=side.clerk.pk,
        asked_by_name=side.clerk.display_name,
        store_id=side.store.pk,
        asked_at=clock.now(),
        expires_at=clock.now() + timedelta(hours=24),
    )
    by = {"actor": Actor(side.clerk.display_name, side.clerk.pk, side.store.pk), "at": clock.now()}
    paper = points.attach(member_id=side.member.pk, name=f"{side.canary}.pdf", content=b"%PDF-", **by)
    wish = points.Wish(side.member.pk, 1, "goodwill", f"{side.canary} note", attachment_id=paper.pk)
    points.adjust(wish=wish, request_id=asked.pk, **by)
    export = {"staff": side.clerk, "member_ids": [side.member.pk], "reason": side.canary}
    PhoneExport.objects.create(**export, asked_at=OPENED, request_id=asked.pk)
    rows = [points.ListRow(2, side.member.pk, 1)]
    points.keep_list(name=f"{side.canary}.csv", note=f"{side.canary} note", rows=rows, **by)


def _packages_rows() -> None:
    """One row of each table that installed packages show in the back office."""
    interval = IntervalSchedule.objects.create(every=7, period="days")
    CrontabSchedule.objects.create(minute="7")
    SolarSchedule.objects.create(event="sunrise", latitude=31, longitude=121)
    ClockedSchedule.objects.create(clocked_time=OPENED)
    PeriodicTask.objects.create(name="sample", task="core.relay_outbox", interval=interval)
    TaskResult.objects.create(task_id="sample")
    GroupResult.objects.create(group_id="sample")
    AccessAttempt.objects.create(username="sample", attempt_time=timezone.now(), failures_since_start=1)
    AccessFailureLog.objects.create(username="sample", attempt_time=timezone.now())
    AccessLog.objects.create(username="sample", attempt_time=timezone.now())


Found = dict[str, Any]  # by side, or under "" where it belongs to the brand


def _both(of: Callable[[Side], Any]) -> Callable[[Shop], Found]:
    return lambda shop: {OWN: of(shop.own), OTHER: of(shop.other)}


def _last(model: type, **where: Any) -> Callable[[Shop], Found]:
    return lambda shop: {"": model.objects.filter(**where).latest("pk").pk}


def _log_of(model: type) -> Callable[[Side], Any]:
    return lambda side: model.objects.filter(member=side.member).latest("pk").pk


def _value(value: Any) -> Callable[[Shop], Found]:
    return lambda shop: {"": value}


def _audited(side: Side) -> int:
    return AuditEntry.objects.filter(subject_type="member", subject_id=str(side.member.pk)).latest("pk").pk


# By the name of the argument; an address of the back office takes the line of its model, "app.model".
SAMPLES: dict[str, Callable[[Shop], Found]] = {
    "number": _both(lambda side: side.member.number),
    "ledger.closedmonth": _value(1),
    "member_id": _both(lambda side: side.member.pk),
    "entry_id": _both(lambda side: side.entry.pk),
    "decline_id": _both(lambda side: side.decline.pk),
    "version_id": _last(RuleVersion, rule__kind="earning"),
    "quote_id": _both(lambda side: side.quote.pk),
    "activity_id": _both(lambda side: side.sale.pk),
    "kind": _value("earning"),
    "url": _value("nowhere/"),
    "content_type_id": _value(1),
    "object_id": _value(1),
    "core.auditentry": _both(_audited),
    "code": _value(points.CLEAR),
    "core.approvalrequest": _both(
        lambda side: ApprovalRequest.objects.get(store_id=side.store.pk, act=points.CLEAR).pk
    ),
    "paper_id": _both(lambda side: Attachment.objects.get(member=side.member).pk),
    "points.adjustment": _both(lambda side: Adjustment.objects.get(member=side.member).pk),
    "points.massaward": _both(lambda side: MassRow.objects.get(member=side.member).award_id),
    "points.adjustmentreason": _last(AdjustmentReason),
    "points.adjustmentlimit": _last(AdjustmentLimit),
    "core.approvalthreshold": _value("-"),
    "core.alert": _value(1),
    "ledger.freeze": _value(1),
    "core.outboxevent": _last(OutboxEvent),
    "stores.store": _both(lambda side: side.store.pk),
    "stores.staff": _both(lambda side: side.clerk.pk),
    "members.member": _both(lambda side: side.member.pk),
    "members.channel": _last(Channel),
    "members.tag": _last(Tag),
    "members.consentevent": _both(_log_of(ConsentEvent)),
    "members.reveal": _both(_log_of(Reveal)),
    "members.phoneexport": _both(lambda side: PhoneExport.objects.get(staff=side.clerk).pk),
    "file_kind": _value("csv"),
    "ledger.entry": _both(lambda side: side.entry.pk),
    "activity.replay": _last(Replay),
    "top_up_id": _both(lambda side: TopUp.objects.filter(member=side.member).earliest("pk").pk),
    "principal_refund_id": _both(_log_of(PrincipalRefund)),
    "wallet.topup": _both(lambda side: TopUp.objects.filter(member=side.member).earliest("pk").pk),
    "wallet.principalrefund": _both(_log_of(PrincipalRefund)),
    "wallet.topupplan": _last(TopUpPlan),
    "wallet.policy": _last(Policy),
    "activity.activity": _both(lambda side: side.sale.pk),
    "points.rule": _last(Rule, kind="earning"),
    "points.clearingrun": _last(ClearingRun),
    "tiers.programme": _last(Programme),
    "preset": _value("four-levels"),
    "points.unitcost": _last(UnitCost),
    "points.extensionrun": _last(ExtensionRun),
    "django_celery_beat.periodictask": _last(PeriodicTask, name="sample"),
    "django_celery_beat.intervalschedule": _last(IntervalSchedule),
    "django_celery_beat.crontabschedule": _last(CrontabSchedule),
    "django_celery_beat.solarschedule": _last(SolarSchedule),
    "django_celery_beat.clockedschedule": _last(ClockedSchedule),
    "django_celery_results.taskresult": _last(TaskResult),
    "django_celery_results.groupresult": _last(GroupResult),
    "axes.accessattempt": _last(AccessAttempt),
    "axes.accessfailurelog": _last(AccessFailureLog),
    "axes.accesslog": _last(AccessLog),
}


def cast(shop: Shop) -> dict[str, Staff | None]:
    """Who asks: nobody, and each role at the first store. Roles of the brand see both."""
    people: dict[str, Staff | None] = {"anonymous": None}
    for role in roles.ROLES:
        people[role] = StaffFactory(username=f"cast-{role}", role=role, home_store=shop.own.store)
    return people
