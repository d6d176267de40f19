"""The calendar of clearing: what will expire, month by month."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.points import queries
from apps.points.admin import counting
from apps.points.admin.pages import allow, page, stores_told
from apps.points.errors import NotCounted
from apps.points.queries.forecast import Month

BOOKS = "points.view_books"


@require_safe
def calendar_view(request: HttpRequest) -> HttpResponse:
    """Members, lots, points and their cost by the month of their last day."""
    allow(request, BOOKS)
    today = clock.business_day(clock.now())
    told = stores_told(request)
    try:
        forecast = queries.forecast(day=today, stores=told)
    except NotCounted as missing:
        return page(request, "clearingrun/calendar", _("Expiry calendar"), {"uncounted": missing.percent})
    months = forecast.months
    context = {
        "forecast": forecast,
        **counting.state(request),
        "reminded": queries.reminded(since=today) if told is None else [],
        "today": today,
        "rows": [{"month": month, "is_past": month.is_past(today)} for month in months],
        "most": max((month.points for month in months), default=0),
        "total": _total(months),
        "fen_per_hundred": queries.unit_cost(today),
    }
    return page(request, "clearingrun/calendar", _("Expiry calendar"), context)


def _total(months: list[Month]) -> dict[str, int]:
    """Of all months. Members are not added up: one may have points in several."""
    names = ("lots", "points", "cost_fen")
    return {name: sum(getattr(month, name) for month in months) for name in names}
