"""Pages of the points desk inside the back office's shell, and whose stores they may tell of."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from apps.core import clock
from apps.stores import doors
from apps.stores import queries as stores


def allow(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied unless the reader holds the permission; a guarded act asks who is there."""
    doors.allow(request, permission)


def by(request: HttpRequest) -> dict[str, Any]:
    """Who acts, and when."""
    return {"actor": request.user.as_actor(), "at": clock.now()}


def stores_told(request: HttpRequest) -> list[int] | None:
    """The stores whose lots the reader is told of; None: all, also those no store issued."""
    if request.user.sees_all_stores or request.user.is_superuser:
        return None
    return list(stores.stores_for(request.user).values_list("pk", flat=True))


def page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the desk."""
    shell = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, f"admin/points/{template}.html", {**shell, **context}, status=status)
