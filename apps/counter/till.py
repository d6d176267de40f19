"""The till: which staff member acts, in which store, and what that allows.

Every page of the counter is opened through ``at_counter``: the reader must hold one of the counter's
permissions (and those the page names), and act in a store of their scope. The store is their home
store until they choose another, which the session keeps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.audit import Actor
from apps.stores import queries as stores
from apps.stores.models import Staff, Store

SESSION_KEY = "counter_store"
CHANNEL = "counter"
ENROL = "members.enrol_member"
SELL = "activity.record_sale"
REFUND = "activity.refund_sale"
REVEAL = "members.reveal_personal_data"
TOP_UP = "wallet.take_topup"
PAY_OUT = "wallet.refund_principal"
ANY = (ENROL, SELL, REFUND)


@dataclass(frozen=True)
class Till:
    """Who acts and where."""

    staff: Staff
    store: Store
    stores: tuple[Store, ...]

    @property
    def actor(self) -> Actor:
        return Actor(self.staff.get_username(), staff_id=self.staff.pk, store_id=self.store.pk)

    @property
    def has_choice(self) -> bool:
        return len(self.stores) > 1

    @property
    def may_enrol(self) -> bool:
        return self.staff.has_perm(ENROL)

    @property
    def may_sell(self) -> bool:
        return self.staff.has_perm(SELL)

    @property
    def may_refund(self) -> bool:
        return self.staff.has_perm(REFUND)

    @property
    def may_top_up(self) -> bool:
        return self.staff.has_perm(TOP_UP)

    @property
    def may_pay_out(self) -> bool:
        return self.staff.has_perm(PAY_OUT)

    @property
    def may_reveal(self) -> bool:
        return self.staff.has_perm(REVEAL)


def till_for(request: HttpRequest) -> Till | None:
    """The till of the signed-in staff member, None when no open store is in their scope."""
    staff = request.user
    open_stores = tuple(stores.stores_for(staff).filter(is_open=True))
    by_id = {store.pk: store for store in open_stores}
    chosen = by_id.get(request.session.get(SESSION_KEY)) or by_id.get(staff.home_store_id)
    if chosen is None and open_stores:
        chosen = open_stores[0]
    return Till(staff, chosen, open_stores) if chosen else None


def choose(request: HttpRequest, store: Store) -> None:
    """Act in this store from now on."""
    request.session[SESSION_KEY] = store.pk


def at_counter(*permissions: str) -> Callable:
    """Open the view to counter staff holding ``permissions``; it is called as ``view(request, till, …)``."""

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def opened(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not any(request.user.has_perm(code) for code in ANY):
                raise PermissionDenied
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            till = till_for(request)
            if till is None:
                return render(request, "counter/no_store.html", status=403)
            return view(request, till, *args, **kwargs)

        return opened

    return decorate
