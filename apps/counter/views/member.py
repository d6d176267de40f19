"""One member: the card, the sale to begin, and the whole phone number for whoever may see it and says why."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.counter import queries, wording
from apps.counter.forms import sales
from apps.counter.forms.members import RevealForm
from apps.counter.forms.sales import SaleForm
from apps.counter.till import REVEAL, Till, at_counter
from apps.counter.views.pages import member_or_404, page
from apps.members import services as members
from apps.members.errors import MembersError
from apps.members.models import Member
from apps.stores.sessions import require_recent


@dataclass(frozen=True)
class Phone:
    """The phone as it is shown: masked, or whole after a reason; ``form`` is what was refused."""

    text: str
    is_whole: bool = False
    form: RevealForm | None = None


@require_safe
@at_counter()
def member(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    """The card beside an empty sale, or the one a quote was made from."""
    found = member_or_404(till, number)
    quote = queries.quote_of(found.pk, request.GET.get("from", ""))
    return member_page(
        request, till, found, sale=sale_form(till, initial=sales.of_quote(quote) if quote else None)
    )


def sale_form(till: Till, data=None, initial=None) -> SaleForm:
    """The sale's boxes; the reader serves unless another is chosen."""
    staff = queries.staff_at(till.staff, till.store)
    return SaleForm(data, staff=staff, served_by=till.staff.pk, initial=initial)


def member_page(
    request: HttpRequest, till: Till, member: Member, *, sale: SaleForm, status: int = 200, **context
) -> HttpResponse:
    """The card and the sale."""
    at = clock.now()
    card = queries.card(member, at=at)
    shown = {"member": member, "card": card, "phone": Phone(member.phone_masked), "sale": sale}
    shown["categories"] = queries.categories(card.visits, at=at)
    return page(request, till, "member", status=status, **shown | context)


@require_POST
@at_counter(REVEAL)
def reveal(request: HttpRequest, till: Till, number: str) -> HttpResponse:
    member = member_or_404(till, number)
    require_recent(request)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _phone_page(request, till, member, Phone(member.phone_masked, form=form))
    reason = form.cleaned_data["reason"]
    try:
        whole = members.reveal(
            member_id=member.pk, field="phone", reason=reason, actor=till.actor, at=clock.now()
        )
    except MembersError as error:
        form.add_error("reason", wording.sentence(error))
        return _phone_page(request, till, member, Phone(member.phone_masked, form=form))
    return _phone_page(request, till, member, Phone(whole, is_whole=True))


def _phone_page(request: HttpRequest, till: Till, member: Member, phone: Phone) -> HttpResponse:
    """The phone's corner alone where the page swaps it, else the whole page."""
    if request.htmx:
        return page(request, till, "_phone", member=member, phone=phone)
    return member_page(request, till, member, sale=sale_form(till), phone=phone)
