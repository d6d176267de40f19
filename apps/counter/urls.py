from django.urls import path

from apps.counter.views import (
    balance,
    find,
    member,
    pay_out,
    receipt,
    refund,
    register,
    sale,
    statement,
    top_up,
)

app_name = "counter"
urlpatterns = [
    path("", find.home, name="home"),
    path("find/", find.find, name="find"),
    path("store/", find.choose_store, name="store"),
    path("register/", register.register, name="register"),
    path("register/phone/", register.known_phone, name="known-phone"),
    path("members/<str:number>/", member.member, name="member"),
    path("members/<str:number>/phone/", member.reveal, name="reveal"),
    path("members/<str:number>/sale/", sale.sale, name="sale"),
    path("members/<str:number>/sale/preview/", sale.preview, name="sale-preview"),
    path("members/<str:number>/statement/", statement.statement, name="statement"),
    path("members/<str:number>/statement/<int:entry_id>/", statement.entry_why, name="entry-why"),
    path("members/<str:number>/declined/<int:decline_id>/", statement.decline_why, name="decline-why"),
    path("members/<str:number>/top-up/", top_up.top_up, name="top-up"),
    path("members/<str:number>/balance/", balance.balance, name="balance"),
    path("top-ups/<int:top_up_id>/", top_up.receipt, name="top-up-receipt"),
    path("top-ups/<int:top_up_id>/refund/", pay_out.pay_out, name="pay-out"),
    path("principal-refunds/<int:principal_refund_id>/", pay_out.receipt, name="pay-out-receipt"),
    path("quotes/<uuid:quote_id>/", sale.confirm, name="quote"),
    path("quotes/<uuid:quote_id>/take/", sale.take, name="take"),
    path("quotes/<uuid:quote_id>/cancel/", sale.cancel, name="cancel"),
    path("receipts/<int:activity_id>/", receipt.receipt, name="receipt"),
    path("receipts/<int:activity_id>/refund/", refund.refund, name="refund"),
    path("receipts/<int:activity_id>/refund/preview/", refund.preview, name="refund-preview"),
]
