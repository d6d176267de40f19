"""How every page of the counter is answered, and how what it is about is fetched within the scope."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.activity.models import Activity, ActivityKind, Quote
from apps.counter import queries
from apps.counter.till import Till
from apps.members import queries as members
from apps.members.models import Member
from apps.wallet.models import TopUp

REFUSED = 422


def page(request: HttpRequest, till: Till, template: str, *, status: int = 200, **context) -> HttpResponse:
    """A page or partial that knows the till."""
    return render(request, f"counter/{template}.html", {"till": till, **context}, status=status)


def member_or_404(till: Till, number: str) -> Member:
    """A member in the reader's scope; outside it there is nothing."""
    return members.access_member(till.staff, number)


def visit_or_404(till: Till, activity_id: int) -> Activity:
    """A purchase or refund of a member in the reader's scope."""
    visit = queries.visit(activity_id)
    if visit is None:
        raise Http404
    members.access_member(till.staff, visit.member_id)
    return visit


def purchase_or_404(till: Till, activity_id: int) -> Activity:
    """A purchase of a member in the reader's scope."""
    visit = visit_or_404(till, activity_id)
    if visit.kind != ActivityKind.PURCHASE:
        raise Http404
    return visit


def top_up_or_404(till: Till, top_up_id: int) -> TopUp:
    """A top-up of a member in the reader's scope."""
    top_up = queries.top_up(top_up_id)
    if top_up is None:
        raise Http404
    members.access_member(till.staff, top_up.member_id)
    return top_up


def quote_or_404(till: Till, quote_id: UUID) -> Quote:
    """A quote for a member in the reader's scope."""
    quote = queries.quote(quote_id)
    if quote is None:
        raise Http404
    members.access_member(till.staff, quote.member_id)
    return quote
