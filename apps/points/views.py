"""The why-panel: a part below a row for htmx, a page by itself otherwise."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.members import queries as members
from apps.members.errors import MemberNotFound
from apps.members.models import Member
from apps.points import queries, why

VIEW = "ledger.view_entry"


@require_safe
def entry_why(request: HttpRequest, member_id: int, entry_id: int) -> HttpResponse:
    """Why one entry is what it is."""
    member = _member(request, member_id)
    entry = queries.entry_with_reasons(member.pk, entry_id)
    if entry is None:
        raise Http404
    return _answer(request, member, why.of_entry(entry))


@require_safe
def decline_why(request: HttpRequest, member_id: int, decline_id: int) -> HttpResponse:
    """Why an award did not happen."""
    member = _member(request, member_id)
    decline = queries.declines(member.pk).filter(pk=decline_id).first()
    if decline is None:
        raise Http404
    return _answer(request, member, why.of_decline(decline))


def _member(request: HttpRequest, member_id: int) -> Member:
    """The member, inside the reader's scope; outside it there is none."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    try:
        return members.access_member(request.user, member_id)
    except MemberNotFound as error:
        raise Http404 from error


def _answer(request: HttpRequest, member: Member, told: why.Why) -> HttpResponse:
    if request.htmx:
        return TemplateResponse(request, "points/_why.html", {"why": told})
    shell = {**admin.site.each_context(request), "title": _("Why?")}
    return TemplateResponse(request, "points/why.html", {**shell, "member": member, "why": told})
