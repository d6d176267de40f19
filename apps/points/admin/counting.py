"""The kept count of the book on the pages that read it: how far a new one has come, asking for one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from apps.points import queries, tasks
from apps.points import services as points
from apps.points.admin.pages import allow, by

RECOUNT = "points.recount_book"
BOOK = "admin:ledger_closedmonth_changelist"


@require_POST
def recount_view(request: HttpRequest) -> HttpResponse:
    """Have all lots counted anew, behind the page."""
    allow(request, RECOUNT)
    if points.recount(**by(request)):
        messages.success(request, _("All lots are being counted anew. The book stays to be read meanwhile."))
    else:
        messages.info(request, _("A new count is being made already."))
    try:
        tasks.count_book.delay()
    except OperationalError:
        messages.warning(request, _("No worker could be called; the count goes on within a minute."))
    return HttpResponseRedirect(reverse(BOOK))


def state(request: HttpRequest) -> dict[str, Any]:
    """What the pages say of counts being made."""
    return {"percent": queries.counting(), "may_recount": request.user.has_perm(RECOUNT)}
