"""Where clerks land: one big box."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.core import clock
from apps.counter import till as tills
from apps.counter.forms.members import EnrolForm, FindForm
from apps.counter.till import Till, at_counter
from apps.counter.views.pages import page
from apps.members import phones
from apps.members import services as members
from apps.members.errors import InvalidPhone
from apps.stores import queries as stores


@require_safe
@at_counter()
def home(request: HttpRequest, till: Till) -> HttpResponse:
    return page(request, till, "home")


@require_POST
@at_counter()
def find(request: HttpRequest, till: Till) -> HttpResponse:
    form = FindForm(request.POST)
    if not form.is_valid():
        return redirect("counter:home")
    text = form.cleaned_data["q"]
    found = members.find(till.staff, text, till.store, at=clock.now())
    if len(found) == 1:
        return redirect("counter:member", found[0].number)
    if not found and till.may_enrol and is_phone(text):
        form = EnrolForm(today=clock.business_day(clock.now()), phone=text)
        return page(request, till, "register", form=form, is_unknown=True)
    return page(request, till, "home", text=text, found=found, has_searched=True)


@require_POST
@at_counter()
def choose_store(request: HttpRequest, till: Till) -> HttpResponse:
    scope = stores.stores_for(request.user).filter(is_open=True)
    chosen = request.POST.get("store", "")
    store = get_object_or_404(scope, pk=chosen if chosen.isascii() and chosen.isdigit() else 0)
    tills.choose(request, store)
    messages.success(request, _("You now work in %(store)s.") % {"store": store})
    return redirect("counter:home")


def is_phone(text: str) -> bool:
    """Whether the text reads as a whole phone number."""
    try:
        phones.normalise(text)
    except InvalidPhone:
        return False
    return True
