"""Refunds of principal, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from apps.core.admin import ReadOnlyAdmin
from apps.core.money import format_money
from apps.wallet import queries
from apps.wallet.models import PrincipalRefund

FACTS = ("receipt_number", "of_top_up", "member_number", "formula", "paid_out", "gift_taken", "means")


@admin.register(PrincipalRefund)
class PrincipalRefundAdmin(ReadOnlyAdmin):
    list_display = ("at", *FACTS, "store", "staff")
    list_filter = (("at", RangeDateFilter),)
    search_fields = ("member__number__exact",)
    search_help_text = _("Member number")
    ordering = ("-pk",)
    fields = readonly_fields = ("at", *FACTS, "reason", "store", "staff", "request_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrincipalRefund]:
        return queries.refunds_for(request.user)

    @admin.display(description=_("receipt number"))
    def receipt_number(self, row: PrincipalRefund) -> str:
        return row.receipt_number

    @admin.display(description=_("top-up"))
    def of_top_up(self, row: PrincipalRefund) -> str:
        return row.top_up.receipt_number

    @admin.display(description=_("member"))
    def member_number(self, row: PrincipalRefund) -> str:
        return row.member.number

    @admin.display(description=_("paid out"))
    def paid_out(self, row: PrincipalRefund) -> str:
        return format_money(row.cash_fen)

    @admin.display(description=_("gift taken back"))
    def gift_taken(self, row: PrincipalRefund) -> str:
        return format_money(row.gift_fen)
