"""The back office's theme evaluates the expressions of its own markup (Alpine), so its pages, and no others,
get a policy that lets it. Nothing inline runs or styles anywhere, not there either."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

BACK_OFFICE = {"script-src": [SELF, UNSAFE_EVAL]}


class BackOfficePolicy:
    """Relax the policy of the pages of the back office."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and request.resolver_match and request.path.startswith(reverse("admin:index")):
            response._csp_update = BACK_OFFICE
        return response
