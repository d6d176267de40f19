"""Every page of the back office opens, for whoever may open it."""

from datetime import date, datetime

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.formats import date_format

from apps.core.registry import menu

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def address(model, page: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_opens_and_searches(client, administrator, model):
    client.force_login(administrator)
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "changelist"), {"q": "8000"}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_form_for_something_new_opens_or_is_refused(client, administrator, model, rf):
    request = rf.get("/")
    request.user = administrator
    may_add = admin.site._registry[model].has_add_permission(request)
    client.force_login(administrator)
    assert client.get(address(model, "add")).status_code == (200 if may_add else 403)


@pytest.mark.parametrize("item", list(menu), ids=lambda item: item.code)
def test_every_line_of_the_sidebar_leads_somewhere(client, administrator, item):
    client.force_login(administrator)
    try:
        assert client.get(reverse(item.url_name)).status_code == 200
    except NoReverseMatch:
        pytest.fail(f"{item.code}: no page is called {item.url_name}")


@pytest.mark.parametrize("cast", ["manager", "marketer", "operations", "auditor", "administrator"])
def test_the_sidebar_shows_what_the_reader_may_open_and_it_opens(client, request, cast):
    client.force_login(request.getfixturevalue(cast))
    page = client.get(reverse("admin:index"))
    links = [item["link"] for group in page.context["sidebar_navigation"] for item in group["items"]]
    assert links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_sidebar_leaves_out_what_is_not_for_the_reader(client, manager):
    client.force_login(manager)
    page = client.get(reverse("admin:index"))
    links = [item["link"] for group in page.context["sidebar_navigation"] for item in group["items"]]
    assert reverse("admin:stores_store_changelist") in links
    assert reverse("admin:core_auditentry_changelist") not in links
    assert client.get(reverse("admin:core_auditentry_changelist")).status_code == 403


def test_a_list_tells_its_count_once_something_was_asked(client, administrator, store):
    client.force_login(administrator)
    shown = client.get(reverse("admin:stores_store_changelist")).context["cl"]
    assert shown.full_result_count == shown.result_count == 1
    found = client.get(reverse("admin:stores_store_changelist"), {"q": "nothing like it"}).context["cl"]
    assert (found.result_count, found.full_result_count) == (0, None)


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_dates_are_written_year_first_in_every_language(language):
    with translation.override(language):
        assert date_format(datetime(2025, 3, 1, 18, 5), "DATETIME_FORMAT") == "2025-03-01 18:05"
        assert date_format(date(2025, 3, 1)) == "2025-03-01"
