"""What every door that asks for an act says afterwards: done, or waiting for a second person."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError

from apps.core.approvals import errors
from apps.core.approvals.models import ApprovalRequest, RequestState
from apps.core.approvals.registry import acts
from apps.core.errors import LaurelError

REFUSALS: dict[type[LaurelError], Any] = {
    errors.AlreadyAsked: gettext_lazy("The same is waiting for approval already, as request %(request_id)d."),
    errors.KeyReused: gettext_lazy("This form was sent before. Open it anew."),
    errors.NotAllowed: gettext_lazy("Your role may not do this."),
    errors.NothingToUndo: gettext_lazy(
        "There is nothing to take back: it was taken back before, or something newer came after it."
    ),
    errors.UndoTooLate: gettext_lazy("What was done more than %(hours)d hours ago can't be undone."),
    errors.OwnRequest: gettext_lazy("Nobody decides his own request. Ask a colleague."),
    errors.NotWaiting: gettext_lazy("Too late: this request has been decided or its time is over."),
    errors.ReasonMissing: gettext_lazy("Say why."),
}


def say(request: HttpRequest, row: ApprovalRequest) -> None:
    """Tell how the request stands, and call workers to a long act that has begun."""
    name = _("Request %(number)d") % {"number": row.pk}
    where = format_html('<a class="lr-link" href="{}">{}</a>', address(row), name)
    if row.state == RequestState.WAITING:
        messages.info(request, format_html("{} {}", _("Waiting for a second person."), where))
    elif row.state == RequestState.STOPPED:
        messages.error(request, format_html("{} {} {}", _("Not carried out."), row.fault, where))
    else:
        messages.success(request, _("Done.") if row.state == RequestState.DONE else _("It is under way."))
        _ring(request, row)


def refusal(error: LaurelError) -> str:
    """What is wrong and what would make it right."""
    words = REFUSALS.get(type(error))
    return str(words) % vars(error) if words else str(error)


def address(row: ApprovalRequest) -> str:
    return address_of(row.pk)


def address_of(request_id: int) -> str:
    return reverse("admin:core_approvalrequest_change", args=[request_id])


def _ring(request: HttpRequest, row: ApprovalRequest) -> None:
    ring = acts.get(row.act).ring
    if ring is None:
        return
    try:
        ring(row)
    except OperationalError:
        messages.warning(request, _("No worker could be called; it begins within five minutes."))
