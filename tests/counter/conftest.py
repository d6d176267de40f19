"""The counter's cast at their till. Every test that writes ends with the invariants holding."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.core import clock, invariants
from apps.core.audit import Actor
from apps.ledger import services as ledger
from apps.ledger.services import LotGrant, Posting
from apps.members import services as members
from apps.members.models import Member
from apps.members.services import Enrolment
from tests.factories import OPENING

WANG_PHONE = "13812348000"


@pytest.fixture(autouse=True)
def _invariants_hold(request):
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
        yield
        assert invariants.check() == []
    else:
        yield


def signed_in(staff) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff)
    return client


@pytest.fixture
def at_till(clerk) -> Client:
    """The clerk's browser."""
    return signed_in(clerk)


@pytest.fixture
def actor(clerk, store) -> Actor:
    return Actor(clerk.username, staff_id=clerk.pk, store_id=store.pk)


@pytest.fixture
def wang(store, actor) -> Member:
    """A member enrolled with a phone, as the counter makes them."""
    enrolment = Enrolment(phone=WANG_PHONE, name="王小明", store_id=store.pk, channel_code="counter")
    return members.enrol(enrolment=enrolment, actor=actor, at=OPENING).member


@pytest.fixture
def rich(wang) -> Member:
    """The same member with 1,000 points that never expire."""
    give(wang, 1000)
    return wang


def give(member, points, expires_on=None):
    """Points from nowhere."""
    lot = LotGrant(points, expires_on=expires_on)
    ledger.post([Posting(member.pk, "award", points, clock.now(), lots=(lot,))])


def url(member, name="member"):
    return reverse(f"counter:{name}", args=[member.number])


def typed(client, member, *lines, **more):
    """The sale form as a browser would send it: its hidden key, lines of (amount, category, pieces)."""
    form = client.get(url(member)).content.decode()
    key = re.search(r'name="key" value="([0-9a-f-]+)"', form)[1]
    data = {"key": key, "served_by": re.search(r'<option value="(\d+)" selected', form)[1], **more}
    for n, line in enumerate(lines):
        amount, category, pieces = (*line, "", "")[:3] if isinstance(line, tuple) else (line, "", "")
        data |= {f"line-{n}-amount": amount, f"line-{n}-category": category, f"line-{n}-quantity": pieces}
    return data


def quoted(client, member, *lines, **more):
    """The address of a quote for such a sale."""
    answer = client.post(url(member, "sale"), typed(client, member, *lines, **more))
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def sold(client, member, *lines, **more) -> int:
    """The id of a purchase of such a sale."""
    answer = client.post(quoted(client, member, *lines, **more) + "take/")
    return int(answer.url.rstrip("/").split("/")[-1])
