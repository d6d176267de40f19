"""Tags, which operators make, and channels, which come with the members who use them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core import clock
from apps.core.admin import LaurelAdmin, ReadOnlyAdmin
from apps.members import services as members
from apps.members.forms import NewTagForm
from apps.members.models import Channel, Tag


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(Tag)
class TagAdmin(LaurelAdmin):
    form = NewTagForm
    list_display = ("name", "code")
    search_fields = ("code", "name")
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        data = form.cleaned_data
        actor = request.user.as_actor()
        obj.pk = members.create_tag(code=data["code"], name=data["name"], actor=actor, at=clock.now()).pk
