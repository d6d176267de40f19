import re

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
STRICT = ["sign-in", "password-change", "no-place", "security", "second-factor", "confirm"]


@pytest.mark.parametrize("page", STRICT)
def test_pages_outside_the_back_office_run_nothing_inline(client, auditor, page):
    if page != "sign-in":
        client.force_login(auditor)
    response = client.get(reverse(page))
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)| on[a-z]+=", response.text)


def test_the_back_office_alone_may_evaluate_and_style_inline(client, auditor):
    client.force_login(auditor)
    policy = client.get(reverse("admin:index")).headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "frame-ancestors 'none'" in policy


def test_an_address_that_names_nothing_says_so_kindly(client, auditor):
    client.force_login(auditor)
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert page.templates[0].name == "404.html"
