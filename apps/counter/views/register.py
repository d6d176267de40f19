"""Registering at the counter: phone first; a known one opens the member, a new one asks a little more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import clock
from apps.counter import wording
from apps.counter.forms.members import EnrolForm
from apps.counter.till import CHANNEL, ENROL, Till, at_counter
from apps.counter.views.pages import REFUSED, page
from apps.members import queries as members
from apps.members import services
from apps.members.errors import MembersError


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter(ENROL)
def register(request: HttpRequest, till: Till) -> HttpResponse:
    at = clock.now()
    form = EnrolForm(request.POST or None, today=clock.business_day(at))
    if not form.is_valid():
        return page(request, till, "register", form=form, status=REFUSED if form.is_bound else 200)
    try:
        enrolled = services.enrol(enrolment=form.enrolment(till.store.pk, CHANNEL), actor=till.actor, at=at)
    except MembersError as error:
        form.add_error(*wording.enrolment_refused(error))
        return page(request, till, "register", form=form, status=REFUSED)
    told = (
        _("%(name)s is a member now.")
        if enrolled.is_new
        else _("This phone was registered already: %(name)s.")
    )
    messages.success(request, told % {"name": enrolled.member.name or enrolled.member.number})
    return redirect("counter:member", enrolled.member.number)


@require_POST
@at_counter(ENROL)
def known_phone(request: HttpRequest, till: Till) -> HttpResponse:
    """Says under the phone box whether the phone is a member's already."""
    found = members.match(till.staff, request.POST.get("phone", "")[:30])
    return page(request, till, "_known", found=found.members if found.is_identity else ())
