"""Value. An *account* is one member's holding of one asset; *entries* are its append-only history;
each credit opens *lots*, each debit takes *allocations* from lots, soonest-expiring first.

What always holds: balance = sum of entries = sum of what lots still hold, less what is owed. Rows here
are written by the functions of ``apps/ledger/sql`` alone, which ``services`` calls.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.members.models import Member
from apps.stores.models import Staff, Store


class Asset(models.Model):
    """A kind of value: points, growth, stored-value principal, stored-value gift."""

    id = models.SmallAutoField(primary_key=True)
    code = models.SlugField(_("asset code"), max_length=30, unique=True)
    name = models.CharField(_("asset name"), max_length=60)
    can_expire = models.BooleanField(_("may expire"), default=True)

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(_(self.name))


class Account(models.Model):
    """The row every operation locks first. Narrow, with no index on anything a posting changes."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, verbose_name=_("asset"), db_index=False)
    balance = models.BigIntegerField(_("balance"), default=0)
    held = models.BigIntegerField(_("held"), default=0)
    owed = models.BigIntegerField(_("owed"), default=0)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["member", "asset"], name="ledger_account_once"),
            models.CheckConstraint(condition=Q(held__gte=0), name="ledger_account_held_not_negative"),
            models.CheckConstraint(condition=Q(owed__gte=0), name="ledger_account_owed_not_negative"),
            models.CheckConstraint(
                condition=Q(balance__gte=-F("owed")), name="ledger_account_negative_only_when_owed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}/{self.asset_id}"


class EntryKind(models.TextChoices):
    AWARD = "award", _("Award")
    SPEND = "spend", _("Spend")
    REVERSE = "reverse", _("Reversal")
    EXPIRE = "expire", _("Expiry")
    ADJUST = "adjust", _("Adjustment")
    SETTLE = "settle", _("Settlement of debt")
    EXTEND = "extend", _("Extension")


class Entry(models.Model):
    """One movement, for ever. ``at`` is when it took effect, ``posted_at`` when it was written."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("account"), db_index=False)
    member = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("member"), db_index=False, db_constraint=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=EntryKind.choices)
    amount = models.BigIntegerField(_("amount"))
    balance_after = models.BigIntegerField(_("balance after"))
    source = models.CharField(_("source key"), max_length=120, null=True)
    at = models.DateTimeField(_("effective"))
    posted_at = models.DateTimeField(_("posted"), db_default=models.functions.Now())
    explanation = models.JSONField(_("explanation"), default=dict)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name=_("staff"), null=True, db_index=False)
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), null=True, db_index=False)
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("reverses"),
        null=True,
        db_index=False,
        related_name="reversals",
    )

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            models.Index(fields=["account", "id"], name="ledger_entry_by_account"),
            BrinIndex(fields=["at"], name="ledger_entry_by_day"),
            models.Index(
                fields=["reverses"], name="ledger_entry_reversals", condition=Q(reverses__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], name="ledger_entry_source_once", condition=Q(source__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(kind="award", amount__gt=0)
                | Q(kind__in=["spend", "expire"], amount__lt=0)
                | Q(kind__in=["settle", "extend"], amount=0)
                | Q(kind__in=["reverse", "adjust"]),
                name="ledger_entry_sign_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount:+d}"


class Lot(models.Model):
    """What one credit brought and what of it is left. Past ``expires_on`` it cannot be spent."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("account"), db_index=False)
    member = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("member"), db_index=False, db_constraint=False
    )
    entry = models.ForeignKey(Entry, models.PROTECT, verbose_name=_("granted by"), related_name="lots")
    granted = models.BigIntegerField(_("granted"))
    remaining = models.BigIntegerField(_("remaining"))
    available_on = models.DateField(_("available from"), null=True)
    expires_on = models.DateField(_("valid through"), null=True)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        indexes = [
            models.Index(
                fields=["account", "expires_on", "id"], name="ledger_lot_open", condition=Q(is_open=True)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0) & Q(remaining__lte=F("granted")), name="ledger_lot_within_grant"
            ),
            models.CheckConstraint(
                condition=Q(is_open=True, remaining__gt=0) | Q(is_open=False, remaining=0),
                name="ledger_lot_open_while_it_holds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.granted}"


class Allocation(models.Model):
    """What an entry took from a lot; negative when a reversal gave it back."""

    pk = models.CompositePrimaryKey("entry_id", "lot_id")
    entry = models.ForeignKey(
        Entry, models.PROTECT, verbose_name=_("entry"), db_index=False, related_name="allocations"
    )
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name=_("lot"), related_name="allocations")
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_allocation_not_zero")]

    def __str__(self) -> str:
        return f"{self.entry_id}←{self.lot_id}: {self.amount}"


class Reversal(models.Model):
    """How one reversal was met: taken from (or returned to) lots, lapsed before, owed, or waived."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="reversal")
    original = models.ForeignKey(Entry, models.PROTECT, related_name="reversal_parts")
    requested = models.BigIntegerField(_("requested"))
    moved = models.BigIntegerField(_("moved between lots"))
    lapsed = models.BigIntegerField(_("had expired already"), default=0)
    owed = models.BigIntegerField(_("owed"), default=0)
    waived = models.BigIntegerField(_("waived"), default=0)

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        constraints = [
            models.CheckConstraint(
                condition=Q(requested=F("moved") + F("lapsed") + F("owed") + F("waived")),
                name="ledger_reversal_adds_up",
            )
        ]

    def __str__(self) -> str:
        return f"{self.original_id} −{self.requested}"


class Extension(models.Model):
    """A lot's last day was moved: by a return into an expired lot, or by an operator with a reason."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="extensions")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="extensions")
    was = models.DateField(_("was valid through"), null=True)
    now = models.DateField(_("now valid through"), null=True)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.was} → {self.now}"


class HoldState(models.TextChoices):
    OPEN = "open", _("Held")
    CAPTURED = "captured", _("Captured")
    RELEASED = "released", _("Released")


class Hold(models.Model):
    """Value set aside until ``due_at``; it ends once, captured or released."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("account"))
    member = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("member"), db_index=False, db_constraint=False
    )
    amount = models.BigIntegerField(_("amount"))
    state = models.CharField(_("state"), max_length=8, choices=HoldState.choices, default=HoldState.OPEN)
    source = models.CharField(_("source key"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("held until"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    entry = models.OneToOneField(Entry, models.PROTECT, verbose_name=_("captured by"), null=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        indexes = [models.Index(fields=["due_at"], name="ledger_hold_due", condition=Q(state="open"))]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | Q(~Q(state="open"), ended_at__isnull=False),
                name="ledger_hold_ended_when_not_open",
            ),
            models.CheckConstraint(
                condition=Q(state="captured", entry__isnull=False)
                | Q(~Q(state="captured"), entry__isnull=True),
                name="ledger_hold_captured_by_entry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.state}"


class Decline(models.Model):
    """An award that did not happen, and why. Shares the source keys of entries."""

    source = models.CharField(_("source key"), max_length=120, unique=True)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"))
    asset = models.ForeignKey(Asset, models.PROTECT, verbose_name=_("asset"), db_index=False)
    at = models.DateTimeField(_("effective"))
    reason = models.CharField(_("reason"), max_length=40)
    explanation = models.JSONField(_("explanation"), default=dict)

    class Meta:
        verbose_name = _("award that did not happen")
        verbose_name_plural = _("awards that did not happen")

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class ClosedMonth(models.Model):
    """A month into which nothing is entered any more, with the book as it stood at its end."""

    month = models.DateField(_("month"), unique=True)
    ends_at = models.DateTimeField(_("ends"))
    closed_at = models.DateTimeField(_("closed"))
    guarded_at = models.DateTimeField(_("guarded since"), db_default=models.functions.Now())
    closed_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("closed by"), null=True, related_name="+", db_index=False
    )
    book = models.JSONField(_("book"), null=True)

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ["-month"]
        permissions = [("close_month", _("Can close months"))]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Freeze(models.Model):
    """Why an account may not spend, until it is lifted. At most one is open per account."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("account"), related_name="freezes")
    code = models.CharField(_("invariant"), max_length=60)
    frozen_at = models.DateTimeField(_("frozen"))
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    lifted_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("lifted by"), null=True, related_name="+", db_index=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("frozen account")
        verbose_name_plural = _("frozen accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], name="ledger_freeze_one_open", condition=Q(lifted_at__isnull=True)
            )
        ]
        permissions = [("lift_freeze", _("Can lift the freeze of an account"))]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.code}"
