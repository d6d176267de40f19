"""The back office's first page: the numbers of today, and what was done last."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from apps.core import audit, clock
from apps.core.models import AuditEntry
from apps.core.registry import HomeCard, home_cards, visible

LAST_ACTS = 8


def icon(request: HttpRequest) -> str:
    return static("img/laurel.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("css/back_office.css")


def colours(request: HttpRequest) -> str:
    return static("css/theme.css")


def htmx_settings(request: HttpRequest) -> str:
    return static("js/htmx-config.js")


def inline_colours(request: HttpRequest) -> dict[str, Any]:
    """None: the theme would write them into each page, which the policy forbids. They stand in theme.css."""
    return {}


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the home page shows to this reader."""
    today = clock.business_day(clock.now())
    cards = [_shown(card, request.user, today) for card in visible(home_cards, request.user)]
    return {**context, "today": today, "cards": cards, "last_acts": _last_acts(request.user)}


def _shown(card: HomeCard, staff: Any, today: Any) -> dict[str, Any]:
    href = reverse(card.url_name) if card.url_name else ""
    return {"title": card.title, "unit": card.unit, "value": card.value(staff, today), "href": href}


def _last_acts(staff: Any) -> list[dict[str, Any]]:
    if not staff.has_perm("core.view_auditentry"):
        return []
    entries = AuditEntry.objects.order_by("-pk")[:LAST_ACTS]
    return [{"entry": entry, "sentence": audit.sentence(entry)} for entry in entries]
