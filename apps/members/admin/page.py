"""The page of one member: a header card, acts, and a tab per panel that this and upper apps registered."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.errors import LaurelError
from apps.core.registry import member_panels, visible
from apps.members import services as members
from apps.members.errors import MembersError
from apps.members.forms import (
    AttributeForm,
    EraseForm,
    IdentityForm,
    PhoneForm,
    ProfileForm,
    ReasonForm,
    TagForm,
)
from apps.members.models import Member
from apps.stores.doors import allow

CHANGE, TAG, REVEAL = "members.change_member", "members.add_membertag", "members.reveal_personal_data"
COPY, ERASE = "members.take_access_copy", "members.erase_member"
PHONE = "members.change_phone"


def _profile(member: Member, data: dict[str, Any], by: dict[str, Any]) -> None:
    members.update_profile(member_id=member.pk, profile=members.Profile(**data), **by)


def _bind(member: Member, data: dict[str, Any], by: dict[str, Any]) -> None:
    members.bind_identity(member_id=member.pk, **_identity(data), **by)


def _release(member: Member, data: dict[str, Any], by: dict[str, Any]) -> None:
    members.release_identity(member_id=member.pk, **_identity(data), **by)


def _identity(data: dict[str, Any]) -> dict[str, str]:
    return {"channel_code": data["channel"].code, "external_id": data["external_id"]}


def _standing(act: Callable[..., Member]) -> Callable[..., None]:
    def do(member: Member, data: dict[str, Any], by: dict[str, Any]) -> None:
        act(member_id=member.pk, reason=data["reason"], **by)

    return do


def _tag(member: Member, data: dict[str, Any], by: dict[str, Any]) -> None:
    members.add_tag(member_ids=[member.pk], tag_id=data["tag"].pk, **by)


def _untag(member: Member, data: dict[str, Any], by: dict[str, Any]) -> None:
    members.remove_tag(member_ids=[member.pk], tag_id=data["tag"].pk, **by)


ACTS: dict[str, tuple[str, type[forms.Form], Callable[..., None]]] = {
    "profile": (CHANGE, ProfileForm, _profile),
    "bind": (CHANGE, IdentityForm, _bind),
    "release": (CHANGE, IdentityForm, _release),
    "freeze": (CHANGE, ReasonForm, _standing(members.freeze)),
    "unfreeze": (CHANGE, ReasonForm, _standing(members.unfreeze)),
    "close": (CHANGE, ReasonForm, _standing(members.close)),
    "tag": (TAG, TagForm, _tag),
    "untag": (TAG, TagForm, _untag),
}


def answer(door: Any, request: HttpRequest, member: Member) -> HttpResponse:
    """Show the page, or do the submitted act and show what came of it."""
    if request.method != "POST":
        return _show(door, request, member)
    if own := OWN_ANSWERS.get(request.POST.get("act", "")):
        return own(door, request, member)
    return _do(door, request, member, request.POST.get("act", ""))


def _do(door: Any, request: HttpRequest, member: Member, code: str) -> HttpResponse:
    permission, form_class, act = ACTS.get(code, ("", None, None))
    if act is None or not request.user.has_perm(permission):
        raise PermissionDenied
    form = form_class(request.POST)
    if not form.is_valid():
        return _show(door, request, member, failed=(code, form))
    try:
        act(member, form.cleaned_data, {"actor": request.user.as_actor(), "at": clock.now()})
    except MembersError as error:
        form.add_error(None, str(error))
        return _show(door, request, member, failed=(code, form))
    messages.success(request, _("Done."))
    return HttpResponseRedirect(request.get_full_path())


def _attribute(door: Any, request: HttpRequest, member: Member) -> HttpResponse:
    """Set or take away one custom attribute."""
    allow(request, CHANGE)
    form = AttributeForm(request.POST)
    if not form.is_valid():
        return _show(door, request, member, failed=("attribute", form))
    by = {"actor": request.user.as_actor(), "at": clock.now()}
    try:
        members.set_attributes(member_id=member.pk, attributes=form.attribute(member), **by)
    except MembersError as error:
        form.add_error(None, str(error))
        return _show(door, request, member, failed=("attribute", form))
    messages.success(request, _("Done."))
    return HttpResponseRedirect(request.get_full_path())


def _phone(door: Any, request: HttpRequest, member: Member) -> HttpResponse:
    """Give the member another phone number."""
    allow(request, PHONE)
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _show(door, request, member, failed=("phone", form))
    by = {"actor": request.user.as_actor(), "at": clock.now()}
    try:
        members.change_phone(member_id=member.pk, **form.cleaned_data, **by)
    except MembersError as error:
        form.add_error("phone", str(error))
        return _show(door, request, member, failed=("phone", form))
    messages.success(request, _("Done."))
    return HttpResponseRedirect(request.get_full_path())


def _reveal(door: Any, request: HttpRequest, member: Member) -> HttpResponse:
    allow(request, REVEAL)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(door, request, member, failed=("reveal", form))
    by = {"actor": request.user.as_actor(), "at": clock.now()}
    try:
        phone = members.reveal(member_id=member.pk, field="phone", reason=form.cleaned_data["reason"], **by)
    except MembersError as error:
        form.add_error(None, str(error))
        return _show(door, request, member, failed=("reveal", form))
    response = _show(door, request, member, phone=phone)
    response["Cache-Control"] = "no-store"
    return response


def _copy(door: Any, request: HttpRequest, member: Member) -> HttpResponse:
    """Everything kept about the member, as a file."""
    allow(request, COPY)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(door, request, member, failed=("copy", form))
    by = {"actor": request.user.as_actor(), "at": clock.now()}
    try:
        packed = members.take_access_copy(member_id=member.pk, reason=form.cleaned_data["reason"], **by)
    except MembersError as error:
        form.add_error(None, str(error))
        return _show(door, request, member, failed=("copy", form))
    response = HttpResponse(packed, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="member-{member.number}.zip"'
    response["Cache-Control"] = "no-store"
    return response


def _erase(door: Any, request: HttpRequest, member: Member) -> HttpResponse:
    """Forget who the member was."""
    allow(request, ERASE)
    form = EraseForm(request.POST)
    if not (form.is_valid() and form.names(member)):
        return _show(door, request, member, failed=("erase", form))
    by = {"actor": request.user.as_actor(), "at": clock.now()}
    try:
        members.erase(member_id=member.pk, reason=form.cleaned_data["reason"], **by)
    except LaurelError as error:
        form.add_error(None, str(error))
        return _show(door, request, member, failed=("erase", form))
    messages.success(request, _("The member is erased. What was bought and earned stays under a pseudonym."))
    return HttpResponseRedirect(request.get_full_path())


OWN_ANSWERS = {
    "reveal": _reveal,
    "phone": _phone,
    "attribute": _attribute,
    "copy": _copy,
    "erase": _erase,
}


def _show(
    door: Any,
    request: HttpRequest,
    member: Member,
    failed: tuple[str, forms.Form] | None = None,
    phone: str = "",
) -> HttpResponse:
    panels = visible(member_panels, request.user)
    panel = next((panel for panel in panels if panel.code == request.GET.get("tab")), panels[0])
    context = {
        **door.admin_site.each_context(request),
        "title": _("Member %(number)s") % {"number": member.number},
        "opts": door.opts,
        "member": member,
        "phone": phone or member.phone_masked,
        "is_revealed": bool(phone),
        "panels": panels,
        "panel": panel,
        "panel_html": render_to_string(panel.template, panel.context(member, request.user), request),
        "acts": _acts(request, member, failed),
    }
    status = 422 if failed else 200
    return TemplateResponse(request, "admin/members/member/page.html", context, status=status)


def _acts(
    request: HttpRequest, member: Member, failed: tuple[str, forms.Form] | None
) -> list[dict[str, Any]]:
    """The acts the reader may do now, each with its form; a refused one keeps what was typed."""
    told = {
        "reveal": (_("Show the whole phone number"), REVEAL, ReasonForm, bool(member.phone_sealed)),
        "profile": (_("Change the profile"), CHANGE, ProfileForm, member.status != "closed"),
        "phone": (_("Change the phone number"), PHONE, PhoneForm, member.status != "closed"),
        "attribute": (_("Set an attribute"), CHANGE, AttributeForm, member.status != "closed"),
        "bind": (_("Bind an identity"), CHANGE, IdentityForm, member.status != "closed"),
        "release": (_("Take off an identity"), CHANGE, IdentityForm, member.status != "closed"),
        "tag": (_("Put on a tag"), TAG, TagForm, True),
        "untag": (_("Take off a tag"), TAG, TagForm, True),
        "freeze": (_("Freeze"), CHANGE, ReasonForm, member.status == "active"),
        "unfreeze": (_("Resume"), CHANGE, ReasonForm, member.status == "frozen"),
        "close": (_("Close the membership"), CHANGE, ReasonForm, member.status != "closed"),
        "copy": (_("Access copy"), COPY, ReasonForm, member.erased_at is None),
        "erase": (_("Erase"), ERASE, EraseForm, member.erased_at is None),
    }
    failing = dict([failed]) if failed else {}
    return [
        {
            "code": code,
            "title": title,
            "form": failing.get(code) or _blank(code, form, member),
            "is_open": code in failing,
            "is_danger": code in ("freeze", "close", "erase"),
        }
        for code, (title, permission, form, is_possible) in told.items()
        if is_possible and request.user.has_perm(permission)
    ]


def _blank(code: str, form: type[forms.Form], member: Member) -> forms.Form:
    known = {"name": member.name, "gender": member.gender, "birthday": member.birthday}
    return form(initial=known if code == "profile" else None, auto_id=f"id_{code}_%s")
