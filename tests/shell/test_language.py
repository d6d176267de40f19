"""No English is left on a Chinese page: neither ours, nor the theme's, nor an installed package's."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.core import schedule
from config.schedule import SCHEDULE
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
# What is the same in every language: names of things, formats, codes, and languages in themselves.
SAME = {
    *(
        "ID",
        "IP",
        "SKU",
        "JSON",
        "UTC",
        "URL",
        "GET",
        "POST",
        "HTTP",
        "CSV",
        "XLSX",
        "QR",
        "English",
        "Enter",
    ),
    *("zh", "hans", "hant", "en", "esc", "Esc"),
    *("AMQP", "RabbitMQ", "Redis", "Celery", "Worker", "Traceback", "args", "kwargs"),
    *("administrator", "unknown", "enabled"),
    *("True", "False", "None", "all", "arg", "argument", "value", "proj", "tasks", "import", "contacts"),
}
CODE = re.compile(r"[\w*]+(?:[._/-][\w* ]+)+")  # relay-outbox, core.relay_outbox, Asia/Shanghai
SILENT = {"script", "style", "template", "code"}
SPOKEN = ("title", "placeholder", "aria-label", "alt")
ICON = "material-symbols-outlined"


class Reader(HTMLParser):
    """Collects what a person sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.heard += [attributes[name] for name in SPOKEN if attributes.get(name)]
        is_icon = ICON in (attributes.get("class") or "")
        begins = tag in SILENT or is_icon or attributes.get("lang") == "en"
        if begins or tag in self._silent[-1:]:
            self._silent.append(tag)

    def handle_endtag(self, tag):
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data):
        if self.get_starttag_text() == f'<option value="{data.strip()}">':
            return  # a code that is offered as it is
        if not self._silent and data.strip():
            self.heard.append(data.strip())


def english_in(html: str) -> list[str]:
    """The texts with an English word that isn't the same in every language."""
    reader = Reader()
    reader.feed(html)
    return [text for text in reader.heard if set(re.findall(r"[A-Za-z]{2,}", CODE.sub("", text))) - SAME]


def test_the_reader_finds_english_and_passes_over_what_nobody_reads():
    page = (
        '<p title="Hidden words">积分 <b>Sign in</b> <code>some_code</code> SKU</p>'
        f'<span class="{ICON}">chevron_right</span><script>var notice;</script>'
    )
    assert english_in(page) == ["Hidden words", "Sign in"]


@pytest.mark.parametrize("page", ["sign-in", "password-change", "no-place", "nothing-here"])
def test_our_own_pages_speak_chinese(client, administrator, page):
    if page != "sign-in":
        client.force_login(administrator)
    address = "/nothing-here/" if page == "nothing-here" else reverse(page)
    assert english_in(client.get(address).text.replace("administrator", "")) == []


def test_the_page_of_a_paused_sign_in_speaks_chinese(client, clerk):
    wrong = {"username": "clerk", "password": "no"}
    answers = [client.post(reverse("sign-in"), wrong).text for _ in range(5)]
    assert english_in(answers[0].replace('value="clerk"', "")) == []
    assert english_in(answers[-1]) == []


@pytest.mark.parametrize("page", ["home", "register", "member", "statement"])
def test_the_counter_speaks_chinese(client, clerk, ann, page):
    client.force_login(clerk)
    args = [ann.number] if page in ("member", "statement") else []
    answer = client.get(reverse(f"counter:{page}", args=args))
    assert answer.status_code == 200
    assert english_in(answer.text.replace(ann.number, "")) == []


MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_page_of_the_back_office_speaks_chinese(client, administrator, model):
    schedule.sync({name: SCHEDULE[name] for name in SCHEDULE})
    administrator.display_name = "管理员"
    administrator.save()
    client.force_login(administrator)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    pages = [client.get(reverse(f"{name}_changelist"))]
    if "_add" in pages[0].text:
        pages.append(client.get(reverse(f"{name}_add")))
    first = model._default_manager.first()
    if first is not None:
        pages.append(client.get(reverse(f"{name}_change", args=[first.pk])))
    heard = {text for page in pages if page.status_code == 200 for text in english_in(page.text)}
    assert sorted(text for text in heard if not is_made_of(codes_of(model), text)) == []


def codes_of(model) -> list[str]:
    """The codes rows have: they are shown as they are."""
    has_code = any(field.name == "code" for field in model._meta.fields)
    return list(model._default_manager.values_list("code", flat=True)) if has_code else []


def is_made_of(codes: list[str], text: str) -> bool:
    return not english_in(f"<p>{re.sub('|'.join(map(re.escape, codes)) or '$', '', text)}</p>")


def test_the_home_page_speaks_chinese(client, administrator):
    client.force_login(administrator)
    assert english_in(client.get(reverse("admin:index")).text) == []


def test_refused_forms_speak_chinese(client, administrator):
    client.force_login(administrator)
    for page in ("admin:stores_staff_add", "admin:stores_store_add"):
        assert english_in(client.post(reverse(page), {"password": PASSWORD[:3]}).text) == []
