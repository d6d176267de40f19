"""Whatever the roles of one store open, no byte of the other store's canaries comes back.

The crawler asks every address of the product, both stores' objects, follows the links it meets, searches
for half a canary wherever there is a box to search, and takes the exports. The twin sees that the same
crawl finds the canaries when the whole brand is in scope.
"""

import copy
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.admin import AdminSite
from django.db import transaction
from django.test import Client

from apps.core.csvfile import neutral
from apps.stores import roles
from tests.factories import StaffFactory
from tests.security.addresses import addresses
from tests.security.shop import CANARIES, OTHER, OWN, PHONES, open_shop

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|src|action|hx-get)="([^"]+)"')
NUMBER = re.compile(r"[-+]?[\d,.]+")
INLINE = re.compile(rb"<style|\sstyle=\"|<script(?![^>]*\bsrc=)|\son[a-z]+=\"")  # the policy forbids them
# What packages dress themselves is shown undressed: the colours of JSON, the health page.
DRESSED = re.compile(r"/healthz|/admin/(activity/activity|core/outboxevent|ledger/entry)/\d+/change/")
LEAVES = ("/static/", "/sign-out/", "/admin/logout/", "/language/")
HALF = CANARIES[OTHER][:5]  # a page may repeat what was searched for, so half is searched for
PAGES_AT_MOST = 900
VARIANTS = 3  # of one path, by query
ALIKE = re.compile(r"/(delete|history|add)/$")  # pages the twin needn't see: all are drawn by the theme alone


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture(autouse=True)
def _quick(settings, monkeypatch):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "config.logs.RequestLog"]
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **kwargs: None)
    monkeypatch.setattr(AdminSite, "_build_app_dict", _once_per_reader())


def _once_per_reader():
    """The list of models a reader may open is the same on all pages and a fifth of the work of each."""
    build, known = AdminSite._build_app_dict, {}

    def remembered(site, request, label=None):
        key = (request.user.pk, label)
        if key not in known:
            known[key] = build(site, request, label)
        return copy.deepcopy(known[key])

    return remembered


@contextmanager
def nothing_kept():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def searches(paths: list[str]) -> Iterator[str]:
    """The lists, asked for half a canary in the words their boxes use."""
    for path in paths:
        if path.endswith("/") and path.startswith("/admin/") and path.count("/") == 4:
            yield f"{path}?q={HALF}"
            yield f"{path}?name={HALF}"
    yield f"/admin/search/?s={HALF}"


def content(answer, sheets: dict[str, bytes] | None, path: str) -> bytes:
    """The body; of a workbook or an archive everything packed in it."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if sheets is not None and "attachment" in answer.get("Content-Disposition", ""):
        sheets[path] = body
    if body[:2] != b"PK":
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def formulas(body: bytes) -> list[str]:
    """The cells of a file that a spreadsheet would run."""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return [name for name in archive.namelist() if b"<f>" in archive.read(name)]
    cells = [cell for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))) for cell in row]
    return [cell for cell in cells if neutral(cell) != cell and not NUMBER.fullmatch(cell)]


def crawl(client: Client, shop, sheets: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Every page by address, GET first, with the links met on the way; then what POSTs and exports answer."""
    paths = [address.path for address in addresses(shop)]
    pages = read(client, [*paths, *searches(paths)], sheets, follows=True)
    desk = [path for path in paths if path.startswith("/admin/")]
    till = [path for path in paths if path not in desk]
    pages |= sent(client, desk, ({}, {"act": "export"}), sheets)
    return pages | sent(client, till, ({}, {"q": HALF}, {"q": PHONES[OTHER][-4:]}), sheets)


def read(
    client: Client, waiting: list[str], sheets: dict[str, bytes] | None, *, follows: bool
) -> dict[str, bytes]:
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    pages: dict[str, bytes] = {}
    variants: dict[str, int] = {}
    while waiting and len(pages) < PAGES_AT_MOST:
        path = waiting.pop(0)
        bare = urlsplit(path).path
        if path in pages or path.startswith(LEAVES) or variants.get(bare, 0) >= VARIANTS:
            continue
        variants[bare] = variants.get(bare, 0) + 1
        client.cookies.load(cookies)
        with nothing_kept():
            answer = client.get(path)
        pages[path] = content(answer, sheets, path)
        pages[path] += repr(sorted(answer.headers.items())).encode()
        if follows and answer.get("Content-Type", "").startswith("text/html"):
            waiting += [path for path in links(path, pages[path].decode()) if path not in pages]
    return pages


def sent(
    client: Client, paths: list[str], tries: Iterable[dict[str, str]], sheets: dict[str, bytes] | None
) -> dict[str, bytes]:
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    pages: dict[str, bytes] = {}
    for path in paths:
        if not path.startswith(LEAVES):
            for data in tries:
                client.cookies.load(cookies)  # whatever the last answer did to them was undone
                with nothing_kept():
                    answer = client.post(path, data)
                pages[f"POST {path} {data}"] = content(answer, sheets, path)
                if answer.status_code in (404, 405, 403):
                    break
    return pages


def links(page: str, html: str) -> Iterator[str]:
    for found in LINK.findall(html):
        target = urlsplit(urljoin(f"http://testserver{page}", unescape(found)))
        if target.netloc == "testserver" and target.scheme == "http":
            yield target.path + (f"?{target.query}" if target.query else "")


def showing(pages: dict[str, bytes], *needles: str) -> list[str]:
    return sorted(path for path, body in pages.items() if any(needle.encode() in body for needle in needles))


def signed_in(role: str, shop) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(StaffFactory(username=f"crawler-{role}", role=role, home_store=shop.own.store))
    return client


@pytest.mark.parametrize("role", [roles.CLERK, roles.MANAGER])
def test_a_store_never_sees_a_byte_of_another(shop, role):
    client = signed_in(role, shop)
    pages = crawl(client, shop)
    assert client.get("/counter/").status_code == 200  # signed in to the end
    secret = (CANARIES[OTHER], PHONES[OTHER], shop.other.member.number)
    given_away = [path for path in showing(pages, *secret) if shop.other.member.number not in path]
    assert given_away == []
    assert len(showing(pages, CANARIES[OWN])) > 10


def test_the_crawler_does_see_them_with_the_whole_brand_in_scope(shop):
    sheets: dict[str, bytes] = {}
    client = signed_in(roles.ADMINISTRATOR, shop)
    lists = [path for path in (one.path for one in addresses(shop)) if not ALIKE.search(path)]
    pages = read(client, lists, sheets, follows=False)
    pages |= sent(client, ["/admin/members/member/"], [{"act": "export"}], sheets)
    seen = showing(pages, CANARIES[OTHER])
    assert len(seen) > 20
    for start in (
        "/admin/members/member/",
        "/admin/stores/store/",
        "/admin/stores/staff/",
        "/counter/members/",
    ):
        assert any(path.startswith(start) for path in seen), start
    assert "POST /admin/members/member/ {'act': 'export'}" in seen
    assert client.get("/admin/").status_code == 200  # to the end
    assert len(sheets) >= 2
    assert {path: found for path, body in sheets.items() if (found := formulas(body))} == {}
    drawn = {path: body for path, body in pages.items() if b"<!DOCTYPE html>" in body}
    assert [path for path, body in drawn.items() if INLINE.search(body) and not DRESSED.match(path)] == []
    assert any(f"'={CANARIES[OWN]}".encode() in body for body in sheets.values())
