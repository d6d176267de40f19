"""What members did. An *activity* is one fact (a purchase, a refund, a review…), accepted once for ever
per channel and external id; a purchase and a refund have *lines*. Rows enter through
``activity.services.record`` alone and are never changed.
"""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.ledger.models import Hold
from apps.members.models import Channel, Member
from apps.points.models import RuleVersion
from apps.stores.models import Staff, Store


class ActivityKind(models.TextChoices):
    PURCHASE = "purchase", _("Purchase")
    REFUND = "refund", _("Refund")
    REGISTER = "register", _("Registration")
    REVIEW = "review", _("Review")
    SHARE = "share", _("Share")
    CHECK_IN = "check_in", _("Check-in")
    OTHER = "other", _("Other")


class Activity(models.Model):
    """One fact about one member. ``amount_fen`` is the gross amount of the lines, in fen, never negative."""

    channel = models.ForeignKey(Channel, models.PROTECT, verbose_name=_("channel"), db_index=False)
    external_id = models.CharField(_("external id"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20, choices=ActivityKind.choices)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), null=True, db_index=False)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name=_("staff"), null=True, db_index=False)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = models.DateTimeField(_("recorded"))
    amount_fen = models.BigIntegerField(_("amount (fen)"), default=0)
    discount_fen = models.BigIntegerField(_("paid with points (fen)"), default=0)
    points_spent = models.BigIntegerField(_("points spent"), default=0)
    payload_hash = models.BinaryField(_("payload hash"), max_length=32)
    refund_of = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("refund of"), null=True, db_index=False, related_name="refunds"
    )
    attributes = models.JSONField(_("attributes"), default=dict)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        permissions = [
            ("record_sale", _("Can take sales at the counter")),
            ("refund_sale", _("Can refund sales")),
        ]
        indexes = [
            models.Index(fields=["member", "-occurred_at"], name="activity_by_member"),
            BrinIndex(fields=["occurred_at"], name="activity_by_day"),
            models.Index(fields=["refund_of"], name="activity_refunds", condition=Q(refund_of__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="activity_activity_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, discount_fen__gte=0, points_spent__gte=0),
                name="activity_activity_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind="refund", refund_of__isnull=False)
                | Q(~Q(kind="refund"), refund_of__isnull=True),
                name="activity_activity_refund_names_purchase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class Line(models.Model):
    """One category or product of a purchase, or what of it a refund took back. Amount is the line's total."""

    activity = models.ForeignKey(Activity, models.PROTECT, verbose_name=_("activity"), related_name="lines")
    member = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("member"), db_index=False, db_constraint=False
    )
    category = models.CharField(_("category"), max_length=60, blank=True)
    sku = models.CharField(_("SKU"), max_length=60, blank=True)
    quantity = models.BigIntegerField(_("quantity"))
    amount_fen = models.BigIntegerField(_("amount (fen)"))
    refunds_line = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("takes back"),
        null=True,
        db_index=False,
        related_name="refunds",
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        indexes = [
            models.Index(
                fields=["refunds_line"], name="activity_line_refunds", condition=Q(refunds_line__isnull=False)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=0, amount_fen__gte=0), name="activity_line_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.amount_fen}"


class Quote(models.Model):
    """A sale the clerk has quoted: what is to be paid and the points held for it, until sold or let go."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SOLD = "sold", _("Sold")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"))
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), db_index=False)
    staff = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("staff"), db_index=False, related_name="+"
    )
    taken_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("taken by"), db_index=False, related_name="+"
    )
    lines = models.JSONField(_("lines"))
    amount_fen = models.BigIntegerField(_("amount (fen)"))
    points = models.BigIntegerField(_("points to spend"), default=0)
    discount_fen = models.BigIntegerField(_("paid with points (fen)"), default=0)
    balance_fen = models.BigIntegerField(_("paid from the balance (fen)"), default=0, db_default=0)
    hold = models.OneToOneField(Hold, models.PROTECT, verbose_name=_("hold"), null=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("valid until"))
    activity = models.OneToOneField(Activity, models.PROTECT, verbose_name=_("sale"), null=True)

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        indexes = [models.Index(fields=["due_at"], name="activity_quote_due", condition=Q(state="open"))]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def to_pay_fen(self) -> int:
        """The money still to be paid."""
        return self.amount_fen - self.discount_fen - self.balance_fen


class MemberSummary(models.Model):
    """One facts row per member, kept by a subscriber of ``activity.recorded``: read from, never a truth."""

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, verbose_name=_("member"))
    purchases = models.BigIntegerField(_("purchases"), default=0)
    spent_fen = models.BigIntegerField(_("net spend (fen)"), default=0)
    first_visit_at = models.DateTimeField(_("first visit"), null=True)
    last_visit_at = models.DateTimeField(_("last visit"), null=True)

    class Meta:
        verbose_name = _("member summary")
        verbose_name_plural = _("member summaries")

    def __str__(self) -> str:
        return str(self.member_id)


class ReplayState(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Replay(models.Model):
    """One version of an earning rule run against real activities from ``starts_at`` to ``ends_at``.

    What was replayed is kept here in its own words: a draft may be reworded or discarded meanwhile.
    """

    version = models.ForeignKey(
        RuleVersion, models.SET_NULL, verbose_name=_("rule version"), null=True, related_name="+"
    )
    rule_name = models.CharField(_("rule name"), max_length=80)
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    days = models.PositiveIntegerField(_("days"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    last_activity = models.BigIntegerField(_("last activity"))
    activities = models.BigIntegerField(_("activities"))
    state = models.CharField(
        _("state"), max_length=9, choices=ReplayState.choices, default=ReplayState.RUNNING
    )
    result = models.JSONField(_("result"), default=dict)
    requested_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("requested by"), null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ["-id"]
        permissions = [("run_replay", _("Can replay rules on real activities"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | Q(~Q(state="running"), finished_at__isnull=False),
                name="activity_replay_finished_when_not_running",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_name} v{self.number}, {self.days}"


class ReplayChunk(models.Model):
    """A range of members of a replay and their tally. Claimed with SKIP LOCKED; gone when all is done."""

    replay = models.ForeignKey(Replay, models.CASCADE, related_name="chunks", db_index=False)
    first_member = models.BigIntegerField(_("first member"))
    last_member = models.BigIntegerField(_("last member"))
    activities = models.BigIntegerField(_("activities"))
    done_at = models.DateTimeField(_("done"), null=True)
    tally = models.JSONField(_("tally"), default=dict)

    class Meta:
        verbose_name = _("replay chunk")
        verbose_name_plural = _("replay chunks")
        constraints = [
            models.UniqueConstraint(fields=["replay", "first_member"], name="activity_replaychunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.replay_id}: {self.first_member}–{self.last_member}"
