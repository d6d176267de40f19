"""The statement: every movement and every award that did not happen, each answering "why"."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.counter import statements
from apps.counter.statements import Place
from apps.counter.till import Till, at_counter
from apps.counter.views.pages import member_or_404, page
from apps.ledger import queries as ledger
from apps.points import queries as points
from apps.points import sentences


@require_safe
@at_counter()
def statement(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    member = member_or_404(till, number)
    shown = statements.statement_page(member.pk, _place(request))
    day = clock.business_day(clock.now())
    return page(
        request,
        till,
        "statement",
        member=member,
        holding=ledger.holding(member.pk, day=day),
        rows=shown.rows,
        older=shown.older,
    )


@require_safe
@at_counter()
def entry_why(request: HttpRequest, till: Till, number: str, entry_id: int) -> HttpResponse:
    """Why one entry is what it is."""
    member = member_or_404(till, number)
    entry = points.entry_with_reasons(member.pk, entry_id)
    if entry is None:
        raise Http404
    return _told(request, till, member=member, answer=sentences.answer_for(entry))


@require_safe
@at_counter()
def decline_why(request: HttpRequest, till: Till, number: str, decline_id: int) -> HttpResponse:
    """Why an award did not happen."""
    member = member_or_404(till, number)
    decline = points.declines(member.pk).filter(pk=decline_id).first()
    if decline is None:
        raise Http404
    return _told(request, till, member=member, answer=sentences.answer_for_decline(decline))


def _told(request: HttpRequest, till: Till, **context) -> HttpResponse:
    return page(request, till, "_why" if request.htmx else "why", **context)


def _place(request: HttpRequest) -> Place:
    """Where the asked-for page begins. A mistyped address begins at the top."""
    before, until = request.GET.get("before", ""), request.GET.get("until", "")
    is_number = before.isascii() and before.isdigit() and len(before) < 19
    return Place(int(before) if is_number else None, _instant(until))


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
