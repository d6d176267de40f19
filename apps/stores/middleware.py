"""What every request of a signed-in reader passes: is the session over, is a second factor lacking, does
the act ask for a recent sign-in?"""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.stores import queries, sessions
from apps.stores.errors import ConfirmationNeeded

OPEN_WITHOUT_FACTOR = ("sign-in", "sign-out", "sign-in-code", "second-factor", "set_language")


class SessionLimits:
    """End sessions that are over, and lead those who lack a second factor, or a recent sign-in, to it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        if sessions.is_over(request):
            logout(request)
            messages.info(request, _("You were signed out because the time of the sign-in was over."))
            return _to(request, "sign-in", request.get_full_path())
        if lacking := _lacking_factor(request):
            return _to(request, lacking, request.get_full_path())
        sessions.note_seen(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ConfirmationNeeded):
            return None
        return _to(request, "confirm", _page_of(request))


def _lacking_factor(request: HttpRequest) -> str:
    """Where the reader must go first, empty when nowhere."""
    if sessions.has_factor(request) or not settings.SECOND_FACTOR_REQUIRED:
        return ""
    if request.path in {reverse(name) for name in OPEN_WITHOUT_FACTOR}:
        return ""
    if not queries.needs_second_factor(request.user):
        return ""
    return "sign-in-code" if queries.second_factor_of(request.user) else "second-factor"


def _page_of(request: HttpRequest) -> str:
    """The page an act was asked from: itself when it can be read, else where the browser came from."""
    if request.method != "POST":
        return request.get_full_path()
    came = urlsplit(request.META.get("HTTP_REFERER", ""))
    if came.netloc != request.get_host():
        return reverse("home")
    return came.path + (f"?{came.query}" if came.query else "")


def _to(request: HttpRequest, name: str, back: str) -> HttpResponse:
    address = f"{reverse(name)}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
