"""The back office's theme evaluates expressions and writes inline styles, so its pages, and no others,
get a policy that lets it. Everything else stays strict."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

BACK_OFFICE = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class BackOfficePolicy:
    """Relax the policy of the pages of the back office."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.resolver_match is not None and request.path.startswith(reverse("admin:index")):
            response._csp_update = BACK_OFFICE
        return response
