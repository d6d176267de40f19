"""The counter's cast at their till."""

import pytest
from django.test import Client

from apps.core.audit import Actor
from apps.members import services as members
from apps.members.models import Member
from apps.members.services import Enrolment
from tests.factories import OPENING

ANN_PHONE = "13812348000"


def signed_in(staff) -> Client:
    client = Client()
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
    enrolment = Enrolment(phone=ANN_PHONE, name="王小明", store_id=store.pk, channel_code="counter")
    return members.enrol(enrolment=enrolment, actor=actor, at=OPENING).member
