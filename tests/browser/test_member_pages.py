"""The members' pages of the back office in a real browser: usable by everybody at every width, in light
and dark; a member is found, frozen from the list and read again."""

import pytest
from django.urls import reverse

from apps.core import clock
from apps.core.audit import Actor
from apps.members import services as members
from apps.members.models import Member
from apps.members.services import Enrolment
from tests.browser.test_accessibility import desk, faults_of
from tests.factories import StoreFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["desk"]
LIST = "admin:members_member_changelist"


@pytest.fixture
def wang(live_server) -> Member:
    act = {"actor": Actor("test"), "at": clock.now()}
    enrolment = Enrolment(
        phone="13800138000",
        name="王伟",
        store_id=StoreFactory().pk,
        channel_code="app",
        marketing_consent=True,
        attributes={"size": "L"},
        identities=(("mini", "openid-1"),),
    )
    member = members.enrol(enrolment=enrolment, **act).member
    tag = members.create_tag(code="vip", name="贵宾", **act)
    members.add_tag(member_ids=[member.pk], tag_id=tag.pk, **act)
    return member


def test_the_members_pages_are_usable_by_everybody(desk, live_server, wang):
    page = reverse("admin:members_member_change", args=[wang.pk])
    addresses = {
        "list": reverse(LIST),
        "profile": page,
        "trail": f"{page}?tab=trail",
        "tags": reverse("admin:members_tag_changelist"),
        "consents": reverse("admin:members_consentevent_changelist"),
    }
    wrong = {name: faults_of(desk, live_server.url + address) for name, address in addresses.items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_member_is_found_frozen_and_read_again(desk, live_server, wang):
    desk.goto(live_server.url + reverse(LIST))
    desk.locator("input[name=phone]").fill("138 0013 8000")
    desk.keyboard.press("Enter")
    desk.locator(f"input[name=member][value='{wang.pk}']").check()
    desk.locator("button[name=act][value=freeze]").click()
    desk.locator("input[name=reason]").fill("可疑")
    desk.keyboard.press("Enter")
    desk.locator(".lr-status.is-frozen").wait_for()
    wang.refresh_from_db()
    assert wang.status == "frozen"
    desk.get_by_role("link", name=wang.number).click()
    assert desk.get_by_text("138****8000").is_visible()
    assert "13800138000" not in desk.content()
