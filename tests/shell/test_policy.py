import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from unfold.settings import CONFIG_DEFAULTS

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


def test_the_back_office_alone_may_evaluate_and_nothing_is_inline_there_either(client, auditor):
    client.force_login(auditor)
    page = client.get(reverse("admin:index"))
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)| on[a-z]+=", page.text)
    download = client.get(reverse("admin:ledger_closedmonth_file", args=["csv"]))
    assert "unsafe" not in download.headers["Content-Security-Policy"]


def test_the_colours_of_the_theme_stand_in_the_style_sheet():
    """A newer theme may know more colours: then this fails, and theme.css gets them."""
    sheet = finders.find("css/theme.css")
    known = set(re.findall(r"--color-([a-z]+-[a-z0-9-]+):", Path(sheet).read_text(encoding="utf-8")))
    colours = CONFIG_DEFAULTS["COLORS"].items()
    assert known == {f"{name}-{weight}" for name, weights in colours for weight in weights}


def test_an_address_that_names_nothing_says_so_kindly(client, auditor):
    client.force_login(auditor)
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert page.templates[0].name == "404.html"
