"""The sidebar's headings, in the operators' words, and the lines of the kernel itself."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.registry import MenuGroup, MenuItem, menu, menu_groups, visible

GROUPS = (
    MenuGroup("approvals", _("Approvals"), order=5),
    MenuGroup("members", _("Members"), order=10),
    MenuGroup("points", _("Points"), order=20),
    MenuGroup("activity", _("Activities"), order=30),
    MenuGroup("stores", _("Stores and staff"), order=40),
    MenuGroup("system", _("System"), order=50),
)
ITEMS = (
    MenuItem(
        "truth",
        "system",
        _("Truth page"),
        "verified",
        "admin:core_alert_changelist",
        "core.view_alert",
        order=5,
    ),
    MenuItem(
        "audit",
        "system",
        _("Audit log"),
        "history",
        "admin:core_auditentry_changelist",
        "core.view_auditentry",
        order=10,
    ),
    MenuItem(
        "outbox",
        "system",
        _("Outbox"),
        "outbox",
        "admin:core_outboxevent_changelist",
        "core.view_outboxevent",
        order=20,
    ),
    MenuItem(
        "schedules",
        "system",
        _("Schedules"),
        "schedule",
        "admin:django_celery_beat_periodictask_changelist",
        "django_celery_beat.view_periodictask",
        order=30,
    ),
    MenuItem(
        "task_results",
        "system",
        _("Job results"),
        "task_alt",
        "admin:django_celery_results_taskresult_changelist",
        "django_celery_results.view_taskresult",
        order=40,
    ),
    MenuItem(
        "sign_ins",
        "system",
        _("Failed sign-ins"),
        "shield_lock",
        "admin:axes_accessattempt_changelist",
        "axes.view_accessattempt",
        order=50,
    ),
)


def register() -> None:
    for group in GROUPS:
        menu_groups.register(group)
    for item in ITEMS:
        menu.register(item)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar as the theme wants it: the groups in which the reader may open something."""
    lines: dict[str, list[dict[str, Any]]] = {group.code: [] for group in menu_groups}
    for item in visible(menu, request.user):
        lines[item.group].append(_line(item, request))
    home = {"title": _("Today"), "icon": "today", "link": reverse("admin:index")}
    groups = [
        {"title": group.title, "collapsible": False, "items": lines[group.code]}
        for group in menu_groups
        if lines[group.code]
    ]
    return [{"title": None, "items": [home]}, *groups]


def _line(item: MenuItem, request: HttpRequest) -> dict[str, Any]:
    line = {"title": item.title, "icon": item.icon, "link": reverse(item.url_name)}
    number = item.count(request.user, clock.now()) if item.count else 0
    return {**line, "badge": str(number)} if number else line
