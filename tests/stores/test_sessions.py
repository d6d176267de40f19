"""Signing in with two factors, sessions that end, and being asked again who is there."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from apps.stores import roles, rules, services, sessions
from apps.stores.models import SecondFactor
from config.urls import urlpatterns as pages
from tests.factories import OPENING, PASSWORD, StaffFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
SECRET = b"s" * 20


def guarded_act(request):
    sessions.require_recent(request)
    return HttpResponse("done")


urlpatterns = [*pages, path("guarded/", guarded_act, name="guarded")]


@pytest.fixture(autouse=True)
def _strict(settings):
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def code(after=0):
    return rules.code_of(SECRET, rules.step_of(NOON + timedelta(seconds=after)))


def enrol(staff, at=OPENING):
    step = rules.code_of(SECRET, rules.step_of(at))
    by = {"actor": staff.as_actor(), "at": at}
    return services.enrol_second_factor(staff_id=staff.pk, secret=SECRET, code=step, **by)


def give_password(client, staff, **more):
    return client.post(reverse("sign-in"), {"username": staff.username, "password": PASSWORD, **more})


def is_signed_in(client):
    return "_auth_user_id" in client.session


class TestSigningIn:
    def test_a_clerk_needs_no_second_factor(self, client, clerk):
        assert give_password(client, clerk)["location"] == reverse("home")
        assert client.get(reverse("counter:home")).status_code == 200

    @pytest.mark.parametrize("role", [role for role in roles.ROLES if role != roles.CLERK])
    def test_every_other_role_is_led_to_its_enrolment_first(self, client, store, role):
        give_password(client, StaffFactory(username="new", role=role, home_store=store))
        for page in (reverse("admin:index"), reverse("counter:home"), reverse("security")):
            assert client.get(page)["location"] == f"{reverse('second-factor')}?next={quote(page, safe='')}"
        assert client.post(reverse("admin:members_member_changelist"))["location"].startswith(
            reverse("second-factor")
        )
        assert client.get(reverse("second-factor")).status_code == 200
        assert client.post(reverse("sign-out"))["location"] == reverse("sign-in")

    def test_enrolling_shows_the_recovery_codes_once_and_lets_in(self, client, clock, manager):
        give_password(client, manager)
        page = client.get(reverse("second-factor"))
        secret = bytes.fromhex(client.session["second_factor_secret"])
        assert "<svg" in page.text
        assert rules.secret_text(secret) in page.text
        typed = rules.code_of(secret, rules.step_of(NOON))
        done = client.post(reverse("second-factor"), {"code": typed, "next": reverse("admin:index")})
        assert len(done.context["codes"]) == 10
        assert all(code in done.text for code in done.context["codes"])
        assert "second_factor_secret" not in client.session
        assert client.get(reverse("admin:index")).status_code == 200
        assert client.get(reverse("second-factor"))["location"] == reverse("security")
        assert not any(code in client.get(reverse("security")).text for code in done.context["codes"])

    def test_a_wrong_code_at_enrolment_keeps_the_secret(self, client, manager):
        give_password(client, manager)
        before = client.get(reverse("second-factor")).context["secret"]
        page = client.post(reverse("second-factor"), {"code": "000000"})
        assert page.status_code == 422
        assert page.context["form"].errors["code"]
        assert page.context["secret"] == before
        assert not SecondFactor.objects.exists()

    def test_the_password_alone_signs_nobody_in_who_has_a_second_factor(self, client, clock, manager):
        enrol(manager)
        asked = give_password(client, manager, next=reverse("counter:home"))
        assert (
            asked["location"] == f"{reverse('sign-in-code')}?next={quote(reverse('counter:home'), safe='')}"
        )
        assert not is_signed_in(client)
        assert client.get(reverse("home"))["location"].startswith(reverse("sign-in"))
        done = client.post(asked["location"], {"code": code(), "next": reverse("counter:home")})
        assert done["location"] == reverse("counter:home")
        assert is_signed_in(client)
        assert client.get(reverse("admin:index")).status_code == 200

    def test_a_wrong_code_signs_nobody_in(self, client, clock, manager):
        enrol(manager)
        give_password(client, manager)
        page = client.post(reverse("sign-in-code"), {"code": "000000"})
        assert page.status_code == 422
        assert page.context["form"].errors["code"]
        assert not is_signed_in(client)

    def test_a_code_signs_in_once(self, clock, manager):
        enrol(manager)
        answers = []
        for client in (Client(), Client()):
            give_password(client, manager)
            answers.append(client.post(reverse("sign-in-code"), {"code": code()}).status_code)
        assert answers == [302, 422]

    def test_a_recovery_code_signs_in(self, client, clock, manager):
        spare = enrol(manager)[0]
        give_password(client, manager)
        assert client.post(reverse("sign-in-code"), {"code": spare}).status_code == 302
        assert is_signed_in(client)

    def test_the_code_must_follow_the_password_within_five_minutes(self, client, clock, manager):
        enrol(manager)
        give_password(client, manager)
        clock.shift(301)
        assert client.post(reverse("sign-in-code"), {"code": code(301)})["location"] == reverse("sign-in")
        assert not is_signed_in(client)

    def test_an_account_disabled_between_the_steps_stays_out(self, client, clock, manager, administrator):
        enrol(manager)
        give_password(client, manager)
        services.disable_staff(staff_id=manager.pk, reason="left", actor=administrator.as_actor(), at=OPENING)
        assert client.post(reverse("sign-in-code"), {"code": code()})["location"] == reverse("sign-in")
        assert not is_signed_in(client)

    def test_nobody_gets_to_the_code_without_a_password(self, client):
        assert client.get(reverse("sign-in-code"))["location"] == reverse("sign-in")

    def test_a_session_that_began_without_the_factor_must_show_it(self, client, clock, manager):
        client.force_login(manager)
        enrol(manager)
        asked = client.get(reverse("admin:index"))
        assert asked["location"] == f"{reverse('sign-in-code')}?next=%2Fadmin%2F"
        assert client.post(asked["location"], {"code": code()})["location"] == "/admin/"
        assert client.get("/admin/").status_code == 200

    def test_a_demo_account_is_told_its_code(self, client, clock, manager):
        services.enrol_demo_account(staff_id=manager.pk, at=OPENING)
        give_password(client, manager)
        told = client.get(reverse("sign-in-code")).context["demo_code"]
        assert client.post(reverse("sign-in-code"), {"code": told}).status_code == 302
        assert is_signed_in(client)

    def test_nobody_else_is_told_a_code(self, client, clock, manager):
        enrol(manager)
        give_password(client, manager)
        assert client.get(reverse("sign-in-code")).context["demo_code"] == ""

    def test_another_site_is_never_gone_to(self, client, clock, manager):
        enrol(manager)
        give_password(client, manager)
        done = client.post(reverse("sign-in-code"), {"code": code(), "next": "https://evil.example/"})
        assert done["location"] == reverse("home")


class TestSessions:
    def test_an_idle_session_ends(self, client, clock, clerk):
        client.force_login(clerk)
        clock.shift(3599)
        assert client.get(reverse("counter:home")).status_code == 200
        clock.shift(3601)
        out = client.get(reverse("counter:home"))
        assert out["location"] == f"{reverse('sign-in')}?next=%2Fcounter%2F"
        assert not is_signed_in(client)

    def test_a_session_in_use_ends_after_twelve_hours(self, client, clock, clerk):
        client.force_login(clerk)
        for _ in range(24):
            clock.shift(1799)
            assert client.get(reverse("counter:home")).status_code == 200
        clock.shift(60)
        assert client.get(reverse("counter:home")).status_code == 302
        assert not is_signed_in(client)

    def test_a_page_swapped_in_place_leaves_as_a_whole(self, client, clock, clerk):
        client.force_login(clerk)
        clock.shift(3601)
        out = client.post(reverse("counter:known-phone"), {"phone": "1"}, headers={"HX-Request": "true"})
        assert out.status_code == 200
        assert out["HX-Redirect"].startswith(reverse("sign-in"))

    def test_the_session_is_written_once_a_minute(self, client, clock, clerk):
        client.force_login(clerk)
        seen = []
        for _ in range(5):
            clock.shift(25)
            client.get(reverse("counter:home"))
            seen.append(client.session["seen_at"] - int(NOON.timestamp()))
        assert seen == [0, 0, 75, 75, 75]

    def test_signing_out_everywhere_keeps_this_session_alone(self, client, clerk):
        other = Client()
        for browser in (client, other):
            browser.force_login(clerk)
        assert client.post(reverse("end-sessions"))["location"] == reverse("security")
        assert client.get(reverse("counter:home")).status_code == 200
        assert other.get(reverse("counter:home")).status_code == 302
        assert not is_signed_in(other)

    def test_the_sign_out_is_a_post(self, client, clerk):
        client.force_login(clerk)
        assert client.get(reverse("end-sessions")).status_code == 405


@pytest.mark.urls("tests.stores.test_sessions")
class TestBeingAskedAgain:
    def test_a_fresh_sign_in_is_not_asked(self, client, clock, clerk):
        client.force_login(clerk)
        clock.shift(899)
        assert client.post("/guarded/").content == b"done"

    def test_later_the_password_is_asked_and_the_reader_comes_back(self, client, clock, clerk):
        client.force_login(clerk)
        clock.shift(900)
        page = {"headers": {"Referer": "http://testserver/counter/?x=1"}}
        asked = client.post("/guarded/", **page)
        assert asked["location"] == f"{reverse('confirm')}?next=%2Fcounter%2F%3Fx%3D1"
        refused = client.post(asked["location"], {"password": "wrong"})
        assert refused.status_code == 422
        assert client.post("/guarded/").status_code == 302
        done = client.post(asked["location"], {"password": PASSWORD})
        assert done["location"] == "/counter/?x=1"
        assert client.post("/guarded/").content == b"done"

    def test_who_has_a_second_factor_shows_a_code(self, client, clock, clerk):
        enrol(clerk)
        client.force_login(clerk)
        clock.shift(1000)
        assert client.post(reverse("confirm"), {"password": PASSWORD}).context["form"].errors["code"]
        assert client.post("/guarded/").status_code == 302
        assert client.post(reverse("confirm"), {"code": code(1000)}).status_code == 302
        assert client.post("/guarded/").content == b"done"

    def test_a_foreign_page_is_never_come_back_to(self, client, clock, clerk):
        client.force_login(clerk)
        clock.shift(1000)
        asked = client.post("/guarded/", headers={"Referer": "https://evil.example/x"})
        assert asked["location"] == f"{reverse('confirm')}?next=%2F"

    def test_new_recovery_codes_ask_again(self, client, clock, clerk):
        enrol(clerk)
        client.force_login(clerk)
        clock.shift(1000)
        assert client.post(reverse("recovery-codes"))["location"].startswith(reverse("confirm"))
        client.post(reverse("confirm"), {"code": code(1000)})
        assert len(client.post(reverse("recovery-codes")).context["codes"]) == 10
