"""Stored value: what members paid in before they buy. *Principal* is their own money and never expires;
*gift* is what the brand adds and may. Both are assets of the ledger, in fen; the rows here say why they
moved.

A *plan* is an offer ("top up 500, get 50"), worded as a draft and published. A *top-up* is money taken in at
a till. A *payment* takes from both assets for a sale, a *return* gives back into the same lots. A
*principal refund* pays money out again. Money rows are never changed.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.ledger.models import Hold
from apps.members.models import Member
from apps.stores.models import Staff, Store
from apps.wallet.rules import AT_FULL_PRICE, BY_PROPORTION, COOLING_OFF, SPLITS
from apps.wallet.terms_models import Policy, TopUpPlan

__all__ = [
    "Formula",
    "Means",
    "Payment",
    "Policy",
    "PrincipalRefund",
    "Return",
    "SplitRule",
    "TopUp",
    "TopUpPlan",
]


class Means(models.TextChoices):
    CASH = "cash", _("Cash")
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    CARD = "card", _("Bank card")
    TRANSFER = "transfer", _("Bank transfer")


class Formula(models.TextChoices):
    COOLING_OFF = COOLING_OFF, _("Within the cooling-off period")
    BY_PROPORTION = BY_PROPORTION, _("By proportion paid")
    AT_FULL_PRICE = AT_FULL_PRICE, _("At full price")


class SplitRule(models.TextChoices):
    GIFT_FIRST = SPLITS[0], _("Gift first")
    PRINCIPAL_FIRST = SPLITS[1], _("Principal first")
    IN_PROPORTION = SPLITS[2], _("In proportion")


class TopUp(models.Model):
    """Money taken in: how much, by which means, where and by whom; the gift that came with it.

    ``key`` names the act of a form: sent twice, it is done once.
    """

    key = models.UUIDField(_("form key"), unique=True)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    plan = models.ForeignKey(TopUpPlan, models.PROTECT, verbose_name=_("top-up plan"), null=True)
    principal_fen = models.BigIntegerField(_("principal (fen)"))
    gift_fen = models.BigIntegerField(_("gift (fen)"), default=0)
    gift_expires_on = models.DateField(_("gift valid through"), null=True)
    means = models.CharField(_("means of payment"), max_length=8, choices=Means.choices)
    reference = models.CharField(_("reference of the payment"), max_length=64, blank=True)
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), db_index=False)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name=_("staff"), db_index=False)
    day = models.DateField(_("business day"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
        permissions = [("take_topup", _("Can take top-ups at the counter"))]
        indexes = [
            models.Index(fields=["member", "-id"], name="wallet_topup_by_member"),
            models.Index(fields=["day", "store"], name="wallet_topup_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["means", "reference"],
                name="wallet_topup_reference_once",
                condition=~Q(reference=""),
                violation_error_message=_("This payment was used for a top-up before."),
            ),
            models.CheckConstraint(
                condition=Q(principal_fen__gt=0, gift_fen__gte=0), name="wallet_topup_of_something"
            ),
        ]

    def __str__(self) -> str:
        return self.receipt_number

    @property
    def receipt_number(self) -> str:
        """The day and the row: T20260318-000042."""
        return f"T{self.day:%Y%m%d}-{self.pk:06d}"


class Payment(models.Model):
    """What a sale takes from a member's balance: set aside with the quote whose id it has, then paid or let
    go with it. ``sale_id`` is the purchase, once there is one."""

    id = models.UUIDField(_("quote"), primary_key=True)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    principal_fen = models.BigIntegerField(_("principal (fen)"))
    gift_fen = models.BigIntegerField(_("gift (fen)"))
    principal_hold = models.OneToOneField(Hold, models.PROTECT, null=True, related_name="+")
    gift_hold = models.OneToOneField(Hold, models.PROTECT, null=True, related_name="+")
    split = models.CharField(_("split"), max_length=15, choices=SplitRule.choices)
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), db_index=False)
    held_at = models.DateTimeField(_("set aside"))
    paid_at = models.DateTimeField(_("paid"), null=True)
    sale_id = models.BigIntegerField(_("sale"), null=True, unique=True)

    class Meta:
        verbose_name = _("payment from the balance")
        verbose_name_plural = _("payments from the balance")
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_fen__gte=0, gift_fen__gte=0) & Q(principal_fen__gt=-F("gift_fen")),
                name="wallet_payment_of_something",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True, sale_id__isnull=True)
                | Q(paid_at__isnull=False, sale_id__isnull=False),
                name="wallet_payment_paid_for_a_sale",
            ),
            models.CheckConstraint(
                condition=Q(principal_fen=0, principal_hold__isnull=True)
                | Q(principal_fen__gt=0, principal_hold__isnull=False),
                name="wallet_payment_principal_held",
            ),
            models.CheckConstraint(
                condition=Q(gift_fen=0, gift_hold__isnull=True) | Q(gift_fen__gt=0, gift_hold__isnull=False),
                name="wallet_payment_gift_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal_fen} + {self.gift_fen}"

    @property
    def amount_fen(self) -> int:
        return self.principal_fen + self.gift_fen


class Return(models.Model):
    """What a refund of a sale gave back of its payment, into the lots it came from."""

    payment = models.ForeignKey(Payment, models.PROTECT, verbose_name=_("payment"), related_name="returns")
    refund_id = models.BigIntegerField(_("refund"), unique=True)
    principal_fen = models.BigIntegerField(_("principal (fen)"))
    gift_fen = models.BigIntegerField(_("gift (fen)"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("return to the balance")
        verbose_name_plural = _("returns to the balance")
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_fen__gte=0, gift_fen__gte=0) & Q(principal_fen__gt=-F("gift_fen")),
                name="wallet_return_of_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.principal_fen} + {self.gift_fen}"

    @property
    def amount_fen(self) -> int:
        return self.principal_fen + self.gift_fen


class PrincipalRefund(models.Model):
    """Money paid out for what was left of a top-up: the principal and the gift taken off the balance, and the
    cash by the formula chosen. ``request_id`` is the request under which it was done."""

    request_id = models.BigIntegerField(_("request"), unique=True)
    top_up = models.ForeignKey(TopUp, models.PROTECT, verbose_name=_("top-up"), related_name="refunds")
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"))
    formula = models.CharField(_("formula"), max_length=13, choices=Formula.choices)
    principal_fen = models.BigIntegerField(_("principal (fen)"))
    gift_fen = models.BigIntegerField(_("gift (fen)"))
    cash_fen = models.BigIntegerField(_("paid out (fen)"))
    means = models.CharField(_("means of payment"), max_length=8, choices=Means.choices)
    reason = models.CharField(_("reason"), max_length=200)
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), db_index=False)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name=_("staff"), db_index=False)
    day = models.DateField(_("business day"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("refund of principal")
        verbose_name_plural = _("refunds of principal")
        permissions = [("refund_principal", _("Can refund principal"))]
        indexes = [models.Index(fields=["day", "store"], name="wallet_refund_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_fen__gte=0, gift_fen__gte=0, cash_fen__gte=0)
                & Q(cash_fen__lte=F("principal_fen") + F("gift_fen")),
                name="wallet_principalrefund_within_the_balance",
            )
        ]

    def __str__(self) -> str:
        return self.receipt_number

    @property
    def receipt_number(self) -> str:
        return f"R{self.day:%Y%m%d}-{self.pk:06d}"
