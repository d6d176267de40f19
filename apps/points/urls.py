"""Pages of the back office that belong to no list of it."""

from django.contrib import admin
from django.urls import path

from apps.points import views
from apps.points.admin import counting, statement, trying

app_name = "points"
view = admin.site.admin_view

urlpatterns = [
    path("recount/", view(counting.recount_view), name="recount"),
    path("try/", view(trying.try_view), name="try"),
    path("statement/<str:number>/", view(statement.statement_view), name="statement"),
    path("statement/<str:number>.csv", view(statement.statement_csv), name="statement-csv"),
    path("why/<int:member_id>/entry/<int:entry_id>/", view(views.entry_why), name="entry-why"),
    path("why/<int:member_id>/declined/<int:decline_id>/", view(views.decline_why), name="decline-why"),
]
