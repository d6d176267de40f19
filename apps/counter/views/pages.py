"""How every page of the counter is answered, and how a member is fetched for one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.counter.till import Till
from apps.members import queries as members
from apps.members.errors import MemberNotFound
from apps.members.models import Member

REFUSED = 422


def page(request: HttpRequest, till: Till, template: str, *, status: int = 200, **context) -> HttpResponse:
    """A page or partial that knows the till."""
    return render(request, f"counter/{template}.html", {"till": till, **context}, status=status)


def member_or_404(till: Till, number: str) -> Member:
    """A member in the reader's scope; outside it there is nothing."""
    try:
        return members.access_member(till.staff, number)
    except MemberNotFound as error:
        raise Http404 from error
