"""Stores in the back office."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from apps.core import clock
from apps.core.admin import LaurelAdmin
from apps.stores import forms, queries, services
from apps.stores.admin.kept import Kept
from apps.stores.models import Store


@admin.register(Store)
class StoreAdmin(Kept, LaurelAdmin):
    form = forms.StoreForm
    list_display = ("code", "name", "city", "state")
    list_filter = ("is_open", "city")
    search_fields = ("code", "name", "city")
    ordering = ("code",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        return queries.stores_for(request.user).order_by("code")

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    @display(description=_("state"), label={True: "success", False: "warning"})
    def state(self, store: Store) -> tuple[bool, Any]:
        closed, trading = pgettext_lazy("a store", "Closed"), pgettext_lazy("a store", "Open")
        return store.is_open, trading if store.is_open else closed

    def save_model(self, request: HttpRequest, obj: Store, form: Any, change: bool) -> None:
        data = form.cleaned_data
        act = {
            "actor": request.user.as_actor(),
            "at": clock.now(),
            "name": data["name"],
            "city": data["city"],
        }
        if change:
            services.change_store(store_id=obj.pk, is_open=data["is_open"], **act)
        else:
            obj.pk = services.create_store(code=data["code"], **act).pk
