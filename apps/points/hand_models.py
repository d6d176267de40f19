"""What is moved by hand: single adjustments with their reasons, limits and papers; lists of awards; and what
takes such an act back."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.ledger.models import Entry
from apps.members.models import Member
from apps.stores.models import Staff, Store


class AdjustmentReason(models.Model):
    """Why points are moved by hand. Operators word them; a reason in use is switched off, not deleted."""

    code = models.SlugField(_("reason code"), max_length=40, unique=True)
    name = models.CharField(_("reason"), max_length=80)
    is_active = models.BooleanField(_("may be chosen"), default=True)

    class Meta:
        verbose_name = _("reason of adjustments")
        verbose_name_plural = _("reasons of adjustments")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class AdjustmentLimit(models.Model):
    """How many points a person may move by hand on a business day; without a person: everybody."""

    staff = models.OneToOneField(
        Staff, models.PROTECT, verbose_name=_("staff member"), null=True, blank=True, related_name="+"
    )
    points_per_day = models.PositiveBigIntegerField(_("points a day"), validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("daily limit of adjustments")
        verbose_name_plural = _("daily limits of adjustments")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="points_adjustmentlimit_one_for_all", condition=Q(staff__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff or '*'}: {self.points_per_day}"


class Attachment(models.Model):
    """A paper that goes with an adjustment, kept with its row so that no link ever leads to it."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    name = models.CharField(_("file name"), max_length=120)
    kind = models.CharField(_("file kind"), max_length=20)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    content = models.BinaryField(_("content"))
    added_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("added by"), related_name="+", db_index=False
    )
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class Adjustment(models.Model):
    """Points of one member, moved by hand. ``day`` is the business day that counts against the limit."""

    request_id = models.BigIntegerField(_("request"), unique=True)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"))
    points = models.BigIntegerField(_("points"))
    reason = models.ForeignKey(AdjustmentReason, models.PROTECT, verbose_name=_("reason"), db_index=False)
    note = models.CharField(_("note"), max_length=200)
    attachment = models.ForeignKey(
        Attachment, models.PROTECT, verbose_name=_("attachment"), null=True, db_index=False
    )
    entry = models.OneToOneField(Entry, models.PROTECT, verbose_name=_("entry"), related_name="+")
    staff = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("staff member"), related_name="+", db_index=False
    )
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), null=True, db_index=False)
    day = models.DateField(_("business day"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("adjustment of points")
        verbose_name_plural = _("adjustments of points")
        indexes = [models.Index(fields=["staff", "day"], name="points_adjustment_by_day")]
        permissions = [
            ("adjust_points", _("Can adjust a member's points by hand")),
            ("award_many", _("Can award points by a list")),
            ("undo_acts", _("Can undo adjustments, lists and clearing runs")),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.points:+d}"


class MassAward(models.Model):
    """A list of awards, checked row by row when it came in. Rows up to ``last_row`` have been awarded."""

    name = models.CharField(_("list"), max_length=120)
    note = models.CharField(_("note"), max_length=200)
    rows = models.PositiveIntegerField(_("rows"))
    points = models.BigIntegerField(_("points"))
    fingerprint = models.CharField(_("checksum"), max_length=64)
    uploaded_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("uploaded by"), related_name="+", db_index=False
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    request_id = models.BigIntegerField(_("request"), null=True, unique=True)
    last_row = models.PositiveIntegerField(_("rows done"), default=0)

    class Meta:
        verbose_name = _("award by list")
        verbose_name_plural = _("awards by list")

    def __str__(self) -> str:
        return self.name


class MassRow(models.Model):
    """One award of a list. ``number`` counts from 1 without gaps, ``line`` is where the file had it."""

    award = models.ForeignKey(MassAward, models.PROTECT, related_name="lines", db_index=False)
    number = models.PositiveIntegerField(_("row"))
    line = models.PositiveIntegerField(_("line"))
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    points = models.BigIntegerField(_("points"))
    expires_on = models.DateField(_("valid through"), null=True)
    entry_id = models.BigIntegerField(_("entry"), null=True)

    class Meta:
        verbose_name = _("row of a list")
        verbose_name_plural = _("rows of a list")
        constraints = [
            models.UniqueConstraint(fields=["award", "number"], name="points_massrow_once"),
            models.UniqueConstraint(fields=["award", "member"], name="points_massrow_member_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="points_massrow_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id}:{self.number}"


class UndoRun(models.Model):
    """Taking back what a request did, entry by entry; those up to ``last_entry`` have been taken back."""

    request_id = models.BigIntegerField(_("request"), unique=True)
    of_request_id = models.BigIntegerField(_("request undone"), unique=True)
    entries = models.PositiveIntegerField(_("entries"))
    done = models.PositiveIntegerField(_("entries done"), default=0)
    last_entry = models.BigIntegerField(_("last entry"), default=0)
    moved = models.BigIntegerField(_("points taken back"), default=0)
    spent = models.BigIntegerField(_("points spent meanwhile"), default=0)
    lapsed = models.BigIntegerField(_("points expired meanwhile"), default=0)

    class Meta:
        verbose_name = _("undoing")
        verbose_name_plural = _("undoings")

    def __str__(self) -> str:
        return f"{self.of_request_id} ← {self.request_id}"
