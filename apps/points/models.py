"""Points: the versioned rules by which they are earned, spent, given back and cleared, the use made of
caps, and clearing runs.

A *rule* has a kind (earning, clearing, spending, refund) and versions. A published version never
changes; publishing again makes the next one. The live version at an instant is the newest published
one that has started and not ended.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.ledger.models import Account, Asset, Lot
from apps.members.models import Member
from apps.points.book_models import BookCell, BookCount, BookCrowd
from apps.points.hand_models import (
    Adjustment,
    AdjustmentLimit,
    AdjustmentReason,
    Attachment,
    MassAward,
    MassRow,
    UndoRun,
)
from apps.stores.models import Staff

__all__ = [
    "Adjustment",
    "AdjustmentLimit",
    "AdjustmentReason",
    "Attachment",
    "BookCell",
    "BookCount",
    "BookCrowd",
    "CapUse",
    "ClearingChunk",
    "ClearingRun",
    "MassAward",
    "MassRow",
    "Rule",
    "RuleKind",
    "RuleVersion",
    "RunState",
    "UndoRun",
]


class RuleKind(models.TextChoices):
    EARNING = "earning", _("Earning rule")
    CLEARING = "clearing", _("Clearing policy")
    SPENDING = "spending", _("Points for money")
    REFUND = "refund", _("Refund policy")


class Rule(models.Model):
    """What operators name: "Double points on member day"."""

    kind = models.CharField(_("kind"), max_length=8, choices=RuleKind.choices)
    code = models.SlugField(_("rule code"), max_length=40, unique=True)
    name = models.CharField(_("rule name"), max_length=80)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["kind", "code"]
        permissions = [
            ("publish_rule", _("Can publish rules")),
            ("run_clearing", _("Can run points clearing")),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """One wording of a rule. ``definition`` is the JSON of the kind's spec in ``points.rules``."""

    rule = models.ForeignKey(Rule, models.PROTECT, verbose_name=_("rule"), related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("drafted by"), null=True, related_name="+", db_index=False
    )
    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("published by"), null=True, related_name="+", db_index=False
    )
    starts_at = models.DateTimeField(_("starts"), null=True)
    ends_at = models.DateTimeField(_("ends"), null=True)

    class Meta:
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="points_ruleversion_number_once"),
            models.UniqueConstraint(
                fields=["rule"], name="points_ruleversion_one_draft", condition=Q(published_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(starts_at__isnull=False),
                name="points_ruleversion_published_starts",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="points_ruleversion_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"


class UnitCost(models.Model):
    """What 100 points cost the brand, from a business day on."""

    fen_per_hundred = models.PositiveIntegerField(_("cost of 100 points"))
    starts_on = models.DateField(_("applies from"), unique=True)
    set_at = models.DateTimeField(_("set"))
    set_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("set by"), null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("cost of points")
        verbose_name_plural = _("cost of points")
        ordering = ["-starts_on"]
        permissions = [("view_books", _("Can see what expires and what is owed to members"))]

    def __str__(self) -> str:
        return f"{self.fen_per_hundred} / 100"


class RulebookStamp(models.Model):
    """One row that changes with every change of a version; triggers write it."""

    stamp = models.BigIntegerField(_("stamp"))

    class Meta:
        verbose_name = _("stamp of the rulebook")
        verbose_name_plural = _("stamps of the rulebook")

    def __str__(self) -> str:
        return str(self.stamp)


class CapUse(models.Model):
    """Points a member has had from a capped rule within one period (a day, a month, a life)."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT, verbose_name=_("rule"), db_index=False)
    period = models.CharField(_("period"), max_length=10)
    used = models.BigIntegerField(_("used"))

    class Meta:
        verbose_name = _("use of a cap")
        verbose_name_plural = _("use of caps")
        constraints = [
            models.UniqueConstraint(fields=["member", "rule", "period"], name="points_capuse_once"),
            models.CheckConstraint(condition=Q(used__gte=0), name="points_capuse_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.period}: {self.used}"


class RunState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")


class ClearingRun(models.Model):
    """One clearing of one asset as of the start of a business day; ``round`` counts late repeats."""

    asset = models.ForeignKey(Asset, models.PROTECT, verbose_name=_("asset"))
    as_of = models.DateField(_("as of"))
    round = models.PositiveIntegerField(_("round"), default=1)
    state = models.CharField(_("state"), max_length=8, choices=RunState.choices, default=RunState.PLANNED)
    plan = models.JSONField(_("plan"), default=dict)
    accounts = models.BigIntegerField(_("accounts cleared"), default=0)
    lots = models.BigIntegerField(_("lots cleared"), default=0)
    points = models.BigIntegerField(_("points cleared"), default=0)
    requested_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("requested by"), null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("clearing run")
        verbose_name_plural = _("clearing runs")
        ordering = ["-as_of", "-round"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "as_of", "round"], name="points_clearingrun_once"),
            models.UniqueConstraint(
                fields=["asset"], name="points_clearingrun_one_at_a_time", condition=Q(state="running")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} #{self.round}"


class ClearingChunk(models.Model):
    """A range of accounts of a run. Claimed with SKIP LOCKED and done in one transaction.

    ``late_points`` is what entries written after the plan added (or took), ``late_entries`` how many.
    """

    run = models.ForeignKey(ClearingRun, models.CASCADE, related_name="chunks", db_index=False)
    first_account = models.BigIntegerField(_("first account"))
    last_account = models.BigIntegerField(_("last account"))
    planned_accounts = models.BigIntegerField(_("accounts planned"), default=0)
    planned_lots = models.BigIntegerField(_("lots planned"), default=0)
    planned_points = models.BigIntegerField(_("points planned"), default=0)
    done_at = models.DateTimeField(_("done"), null=True)
    accounts = models.BigIntegerField(_("accounts"), default=0)
    lots = models.BigIntegerField(_("lots"), default=0)
    points = models.BigIntegerField(_("points"), default=0)
    late_points = models.BigIntegerField(_("late points"), default=0)
    late_entries = models.BigIntegerField(_("late entries"), default=0)

    class Meta:
        verbose_name = _("clearing chunk")
        verbose_name_plural = _("clearing chunks")
        constraints = [
            models.UniqueConstraint(fields=["run", "first_account"], name="points_clearingchunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first_account}–{self.last_account}"


class ExtensionState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    STOPPED = "stopped", _("Stopped")


class ExtensionRun(models.Model):
    """Lots chosen by ``criteria`` shall be valid through ``until``. Work goes on after account ``after``."""

    criteria = models.JSONField(_("which points"))
    until = models.DateField(_("new last day"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(
        _("state"), max_length=8, choices=ExtensionState.choices, default=ExtensionState.PLANNED
    )
    plan = models.JSONField(_("plan"), default=dict)
    after = models.BigIntegerField(_("done through account"), default=0)
    lots = models.BigIntegerField(_("lots extended"), default=0)
    points = models.BigIntegerField(_("points extended"), default=0)
    restored = models.BigIntegerField(_("lots restored"), default=0)
    requested_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("requested by"), null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    undo_reason = models.CharField(_("reason of the undo"), max_length=200, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True)
    request_id = models.BigIntegerField(_("request"), null=True)
    undo_request_id = models.BigIntegerField(_("request to undo"), null=True)

    class Meta:
        verbose_name = _("extension of points")
        verbose_name_plural = _("extensions of points")
        ordering = ["-id"]
        permissions = [("run_extension", _("Can extend points"))]

    def __str__(self) -> str:
        return f"→ {self.until}"


class ExtensionLot(models.Model):
    """A lot of the plan, with its last day and what it held when it was counted."""

    pk = models.CompositePrimaryKey("run_id", "account_id", "lot_id")
    run = models.ForeignKey(ExtensionRun, models.CASCADE, db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, db_constraint=False)
    lot = models.ForeignKey(Lot, models.PROTECT, db_index=False, db_constraint=False)
    was = models.DateField(_("was valid through"))
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("lot to extend")
        verbose_name_plural = _("lots to extend")

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.was}"


class Reminder(models.Model):
    """A member was to be told, so many days before, what of theirs expires on a day. Kept for ever:
    one per member, last day and number of days."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, verbose_name=_("asset"), db_index=False)
    expires_on = models.DateField(_("valid through"))
    days_before = models.PositiveSmallIntegerField(_("days before"))
    points = models.BigIntegerField(_("points"))
    planned_at = models.DateTimeField(_("planned"))

    class Meta:
        verbose_name = _("reminder of expiry")
        verbose_name_plural = _("reminders of expiry")
        constraints = [
            models.UniqueConstraint(
                fields=["expires_on", "days_before", "asset", "member"], name="points_reminder_once"
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="points_reminder_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.expires_on} −{self.days_before}: {self.points}"
