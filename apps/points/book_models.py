"""The kept count of the liability book: small sums of lots, from the ledger's entries, behind the tills.

A *count* says what lots held when every entry through ``through`` and none after it had been written. It
grows by entries that can't change any more: those up to ``marked``, once every transaction that was under
way when the mark was set (``marked_xid``) has ended.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.stores.models import Store


class BookCount(models.Model):
    """A count of all lots of points. While it is made it walks the accounts (``after``); then it is live."""

    is_live = models.BooleanField(_("live"), default=False)
    through = models.BigIntegerField(_("through entry"), default=0)
    marked = models.BigIntegerField(_("marked entry"), default=0)
    marked_xid = models.BigIntegerField(_("transaction of the mark"), default=0)
    marked_at = models.DateTimeField(_("marked"), null=True)
    counted_at = models.DateTimeField(_("counted"), null=True)
    after = models.BigIntegerField(_("done through account"), default=0)
    entries = models.BigIntegerField(_("sum of entries"), default=0)
    owed = models.BigIntegerField(_("owed by members"), default=0)
    started_at = models.DateTimeField(_("started"))

    class Meta:
        verbose_name = _("count of the book")
        verbose_name_plural = _("counts of the book")
        permissions = [("recount_book", _("Can have the liability book counted anew"))]
        constraints = [models.UniqueConstraint(fields=["is_live"], name="points_bookcount_one_live_one_made")]

    def __str__(self) -> str:
        return f"→ {self.through}"


class BookCell(models.Model):
    """Lots of one store, one day of earning and one last day: how many hold something and how much; what was
    granted less what refunds took back, and what of it lapsed (both 0 where nothing expires)."""

    count = models.ForeignKey(BookCount, models.CASCADE, db_index=False)
    store = models.ForeignKey(Store, models.PROTECT, null=True, db_index=False)
    earned_on = models.DateField(_("earned on"))
    expires_on = models.DateField(_("valid through"), null=True)
    lots = models.BigIntegerField(_("lots"))
    points = models.BigIntegerField(_("points"))
    granted = models.BigIntegerField(_("granted"))
    lapsed = models.BigIntegerField(_("lapsed"))

    class Meta:
        verbose_name = _("cell of the book")
        verbose_name_plural = _("cells of the book")
        constraints = [
            models.UniqueConstraint(
                fields=["count", "store", "earned_on", "expires_on"],
                name="points_bookcell_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.earned_on} → {self.expires_on}: {self.points}"


class BookCrowd(models.Model):
    """Members with points of a store, of an expiry month, of both or at all. ``level`` is what is *not* told
    apart: 0 nothing, 1 months, 2 stores, 3 neither."""

    count = models.ForeignKey(BookCount, models.CASCADE, db_index=False)
    level = models.PositiveSmallIntegerField(_("level"))
    store = models.ForeignKey(Store, models.PROTECT, null=True, db_index=False)
    month = models.DateField(_("month"), null=True)
    members = models.BigIntegerField(_("members"))

    class Meta:
        verbose_name = _("members in the book")
        verbose_name_plural = _("members in the book")
        constraints = [
            models.UniqueConstraint(
                fields=["count", "level", "store", "month"],
                name="points_bookcrowd_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.store_id} {self.month}: {self.members}"
