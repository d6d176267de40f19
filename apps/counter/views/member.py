"""One member's page, and the whole phone number for whoever may see it and says why."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.counter import queries, wording
from apps.counter.forms.members import RevealForm
from apps.counter.till import REVEAL, Till, at_counter
from apps.counter.views.pages import member_or_404, page
from apps.members import services as members
from apps.members.errors import MembersError
from apps.members.models import Member


@dataclass(frozen=True)
class Phone:
    """The phone as it is shown: masked, or whole after a reason; ``form`` is what was refused."""

    text: str
    is_whole: bool = False
    form: RevealForm | None = None

    @classmethod
    def of(cls, member: Member) -> "Phone":
        return cls(member.phone_masked)


@require_safe
@at_counter()
def member(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    return member_page(request, till, member_or_404(till, number))


def member_page(request: HttpRequest, till: Till, member: Member, **context) -> HttpResponse:
    """The card and what can be done."""
    card = queries.card(member, at=clock.now())
    return page(
        request, till, "member", **{"member": member, "card": card, "phone": Phone.of(member)} | context
    )


@require_POST
@at_counter(REVEAL)
def reveal(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    member = member_or_404(till, number)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _phone_page(request, till, member, Phone(member.phone_masked, form=form))
    reason = form.cleaned_data["reason"]
    try:
        whole = members.reveal(
            member_id=member.pk, field="phone", reason=reason, actor=till.actor, at=clock.now()
        )
    except MembersError as error:
        form.add_error("reason", wording.member_refused(error))
        return _phone_page(request, till, member, Phone(member.phone_masked, form=form))
    return _phone_page(request, till, member, Phone(whole, is_whole=True))


def _phone_page(request: HttpRequest, till: Till, member: Member, phone: Phone) -> HttpResponse:
    """The phone's corner alone where the page swaps it, else the whole page."""
    if request.htmx:
        return page(request, till, "_phone", member=member, phone=phone)
    return member_page(request, till, member, phone=phone)
