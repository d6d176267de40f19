"""On what terms members top up: plans, and the policy of all stored value."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.stores.models import Staff
from apps.wallet.rules import SPLITS


class TopUpPlan(models.Model):
    """One wording of an offer: pay ``amount_fen``, get ``gift_fen`` on top. A published wording is kept;
    only its end may come. The next wording of the same ``code`` replaces it. No stores named: all of them."""

    code = models.SlugField(_("plan code"), max_length=40)
    number = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("plan name"), max_length=80)
    amount_fen = models.BigIntegerField(_("to pay (fen)"))
    gift_fen = models.BigIntegerField(_("gift (fen)"), default=0)
    gift_days = models.PositiveIntegerField(_("gift valid for days"), null=True)
    store_ids = ArrayField(models.BigIntegerField(), verbose_name=_("stores"), default=list)
    most_per_member = models.PositiveIntegerField(_("times per member"), null=True)
    starts_at = models.DateTimeField(_("starts"), null=True)
    ends_at = models.DateTimeField(_("ends"), null=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("drafted by"), null=True, related_name="+", db_index=False
    )
    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("published by"), null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("top-up plan")
        verbose_name_plural = _("top-up plans")
        ordering = ["amount_fen", "code", "-number"]
        permissions = [("publish_plan", _("Can publish top-up plans and the stored-value policy"))]
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="wallet_topupplan_number_once"),
            models.UniqueConstraint(
                fields=["code"], name="wallet_topupplan_one_draft", condition=Q(published_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, gift_fen__gte=0), name="wallet_topupplan_of_something"
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(starts_at__isnull=False),
                name="wallet_topupplan_published_starts",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(starts_at__isnull=True)
                | Q(ends_at__gte=F("starts_at")),
                name="wallet_topupplan_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """How stored value works for the brand; the newest row is in force. Rows are never changed."""

    split = models.CharField(_("paying takes"), max_length=15, default=SPLITS[0])
    named_cap_fen = models.BigIntegerField(_("most principal of a named member (fen)"))
    nameless_cap_fen = models.BigIntegerField(_("most principal of a nameless member (fen)"))
    cooling_days = models.PositiveSmallIntegerField(_("cooling-off days"))
    grace_days = models.PositiveSmallIntegerField(_("grace of returned gift (days)"))
    takes_any_amount = models.BooleanField(_("takes any amount"))
    starts_at = models.DateTimeField(_("in force from"))
    set_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("set by"), null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("stored-value policy")
        verbose_name_plural = _("stored-value policy")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    split__in=SPLITS, cooling_days__gte=7, named_cap_fen__gt=0, nameless_cap_fen__gt=0
                ),
                name="wallet_policy_keeps_the_law",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
