"""The doors of the house."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from health_check.views import HealthCheckView

health = login_not_required(HealthCheckView.as_view(checks=["health_check.checks.Database"]))

urlpatterns = [
    path("healthz", health, name="health"),
    path("", include("apps.stores.urls")),
    path("counter/", include("apps.counter.urls")),
    path("admin/points/", include("apps.points.urls")),
    path("admin/", admin.site.urls),
]
