"""What can be done to the ticked rows of the members' list: ask first, naming the count, then do it."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core import clock
from apps.core.approvals import door
from apps.core.approvals.errors import ApprovalError
from apps.core.approvals.models import RequestState
from apps.core.csvfile import neutral
from apps.core.errors import LaurelError
from apps.members import acts
from apps.members import services as members
from apps.members.forms import ReasonForm, TagForm
from apps.members.models import Member
from apps.members.refusals import refusal_of_export
from apps.stores.doors import allow
from apps.stores.models import Staff

EXPORT_MOST = 50_000
TICKED_MOST = 200
COLUMNS = ("number", "name", "phone", "gender", "birthday", "status", "store", "channel", "joined")


@dataclass(frozen=True)
class Act:
    """An act on ticked members: what it is called, who may, what it asks, what does it."""

    code: str
    title: Any
    permission: str
    form: type[forms.Form]
    do: Callable[..., int]
    is_danger: bool = False


def _freeze(ids: list[int], data: dict[str, Any], **by: Any) -> int:
    return members.freeze_many(member_ids=ids, reason=data["reason"], **by)


def _tag(ids: list[int], data: dict[str, Any], **by: Any) -> int:
    return members.add_tag(member_ids=ids, tag_id=data["tag"].pk, **by)


def _untag(ids: list[int], data: dict[str, Any], **by: Any) -> int:
    return members.remove_tag(member_ids=ids, tag_id=data["tag"].pk, **by)


CHANGE, TAG, EXPORT = "members.change_member", "members.add_membertag", "members.export_members"
PHONES = members.MAY_EXPORT_PHONES
ACTS = {
    act.code: act
    for act in (
        Act("tag", gettext_lazy("Put on a tag"), TAG, TagForm, _tag),
        Act("untag", gettext_lazy("Take off a tag"), TAG, TagForm, _untag),
        Act("freeze", gettext_lazy("Freeze"), CHANGE, ReasonForm, _freeze, is_danger=True),
    )
}


def allowed(staff: Staff) -> dict[str, Any]:
    """What this staff member may do to ticked rows."""
    acts = [act for act in ACTS.values() if staff.has_perm(act.permission)]
    return {"ticked": acts, "export": staff.has_perm(EXPORT), "phones": staff.has_perm(PHONES)}


def answer(door: Any, request: HttpRequest, found: QuerySet[Member]) -> HttpResponse:
    """The answer to a submitted list: a file, a page that asks, or the act done."""
    ticked = [int(key) for key in request.POST.getlist("member") if key.isascii() and key.isdigit()]
    chosen = found.filter(pk__in=ticked[:TICKED_MOST]) if ticked else found
    code = request.POST.get("act", "")
    if code == "export":
        return _export(request, chosen)
    if code == "export_phones":
        return _export_phones(door, request, chosen, ticked)
    act = ACTS.get(code)
    if act is None or not ticked:
        messages.warning(request, _("Tick members first, then choose what to do."))
        return redirect(request.get_full_path())
    if not request.user.has_perm(act.permission):
        raise PermissionDenied
    return _ask_or_do(door, request, act, list(chosen.order_by("pk")))


def _ask_or_do(door: Any, request: HttpRequest, act: Act, chosen: list[Member]) -> HttpResponse:
    form = act.form(request.POST if "confirmed" in request.POST else None)
    if not form.is_valid():
        context = {
            **door.admin_site.each_context(request),
            "title": act.title,
            "opts": door.opts,
            "act": act,
            "chosen": chosen,
            "form": form,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/members/member/batch.html", context)
    by = {"actor": request.user.as_actor(), "at": clock.now()}
    count = act.do([member.pk for member in chosen], form.cleaned_data, **by)
    done = ngettext("%(act)s: done for %(count)d member.", "%(act)s: done for %(count)d members.", count)
    messages.success(request, done % {"act": act.title, "count": count})
    return redirect(request.get_full_path())


def _export(request: HttpRequest, chosen: QuerySet[Member]) -> HttpResponse:
    allow(request, EXPORT)
    ids, query = _limited(request, chosen), _query_of(request)
    if ids is None:
        return redirect(request.get_full_path())
    try:
        asked = acts.ask_to_export(ids=ids, query=query, staff=request.user, at=clock.now())
    except ApprovalError as error:
        messages.error(request, door.refusal(error))
        return redirect(request.get_full_path())
    if asked.state != RequestState.DONE:
        door.say(request, asked)
        return redirect(request.get_full_path())
    members.note_export(count=len(ids), query=query, actor=request.user.as_actor(), at=clock.now())
    response = StreamingHttpResponse(_lines(chosen.order_by("pk")), content_type="text/csv; charset=utf-8")
    day = clock.business_day(clock.now())
    response["Content-Disposition"] = f'attachment; filename="members-{day:%Y%m%d}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _export_phones(
    desk: Any, request: HttpRequest, chosen: QuerySet[Member], ticked: list[int]
) -> HttpResponse:
    """Ask why, naming the count; then ask for the file."""
    allow(request, PHONES)
    ids = _limited(request, chosen)
    if ids is None:
        return redirect(request.get_full_path())
    form = ReasonForm(request.POST if "confirmed" in request.POST else None)
    if form.is_valid():
        wish = {"ids": ids, "query": _query_of(request), "reason": form.cleaned_data["reason"]}
        try:
            asked = acts.ask_for_phones(**wish, staff=request.user, at=clock.now())
        except LaurelError as error:
            messages.error(request, refusal_of_export(error) or door.refusal(error))
            return redirect(request.get_full_path())
        door.say(request, asked)
        return redirect("admin:members_phoneexport_change", asked.payload["export"])
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Export full phones"),
        "opts": desk.opts,
        "count": len(ids),
        "ticked": ticked,
        "form": form,
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/members/member/phones.html", context)


def _limited(request: HttpRequest, chosen: QuerySet[Member]) -> list[int] | None:
    """The members' keys; None, and said so, when they are too many for a file."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: EXPORT_MOST + 1])
    if len(ids) <= EXPORT_MOST:
        return ids
    most = {"most": f"{EXPORT_MOST:,}"}
    messages.error(request, _("More than %(most)s members: narrow the query first.") % most)
    return None


def _query_of(request: HttpRequest) -> str:
    """The query as it is kept; a phone that was searched for is left out."""
    return request.GET.urlencode()[:500] if "phone" not in request.GET else "phone"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(chosen: QuerySet[Member]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for member in chosen.iterator(chunk_size=2_000):
        yield writer.writerow([neutral(str(cell)) for cell in _cells(member)])


def _cells(member: Member) -> tuple[Any, ...]:
    joined = member.joined_at.astimezone(clock.zone())
    return (
        member.number,
        member.name,
        member.phone_masked,
        member.gender,
        member.birthday or "",
        member.status,
        member.home_store.code if member.home_store else "",
        member.channel.code if member.channel else "",
        f"{joined:%Y-%m-%d %H:%M}",
    )
