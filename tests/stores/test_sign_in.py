from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from apps.stores import services
from tests.factories import OPENING, PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client, username: str, password: str = PASSWORD, **more):
    return client.post(reverse("sign-in"), {"username": username, "password": password, **more})


@pytest.mark.parametrize("cast", ["manager", "marketer", "operations", "auditor", "administrator"])
def test_whoever_is_no_clerk_lands_in_the_back_office(client, request, cast):
    staff = request.getfixturevalue(cast)
    assert sign_in(client, staff.username)["location"] == reverse("home")
    assert client.get(reverse("home"))["location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_clerk_lands_on_the_counter(client, clerk):
    assert sign_in(client, "clerk")["location"] == reverse("home")
    assert client.get(reverse("home"))["location"] == reverse("counter:home")
    assert client.get(reverse("counter:home")).status_code == 200


def test_an_account_without_a_role_has_no_place(client, clerk):
    clerk.groups.clear()
    client.force_login(clerk)
    page = client.get(reverse("home"), follow=True)
    assert page.status_code == 403
    assert page.templates[0].name == "stores/no_place.html"


def test_one_comes_back_to_the_page_asked_for(client, auditor):
    asked = reverse("admin:index")
    page = client.get(asked, follow=True)
    assert page.redirect_chain[-1] == (f"{reverse('sign-in')}?next={asked}", 302)
    assert sign_in(client, "auditor", next=asked)["location"] == asked


def test_another_site_is_never_come_back_to(client, auditor):
    assert sign_in(client, "auditor", next="https://evil.example/")["location"] == reverse("home")


def test_a_clerk_at_the_door_of_the_back_office_is_told_so_and_not_sent_round(client, clerk):
    client.force_login(clerk)
    page = client.get(reverse("admin:index"), follow=True)
    assert page.status_code == 403
    assert len(page.redirect_chain) == 1


def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong(client, clerk):
    wrong = sign_in(client, "clerk", "no").context["form"].errors
    unknown = sign_in(client, "nobody", "no").context["form"].errors
    assert wrong == unknown
    assert "_auth_user_id" not in client.session


def test_five_failures_pause_the_account_and_say_until_when(client, clerk, auditor):
    answers = [sign_in(client, "clerk", "no").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    paused = sign_in(client, "clerk")
    ends_at = AccessAttempt.objects.get().attempt_time + timedelta(minutes=15)
    assert paused.status_code == 429
    assert paused.context["ends_at"] == ends_at
    assert 0 < int(paused["Retry-After"]) <= 900
    assert "_auth_user_id" not in client.session
    assert sign_in(client, "auditor").status_code == 302


def test_trying_during_the_pause_does_not_prolong_it(client, clerk):
    ends = [sign_in(client, "clerk", "no").context.get("ends_at") for _ in range(7)]
    assert ends[4] == ends[5] == ends[6]


def test_the_pause_ends_after_a_quarter_of_an_hour(client, clerk):
    for _ in range(5):
        sign_in(client, "clerk", "no")
    attempt = AccessAttempt.objects.get()
    attempt.attempt_time -= timedelta(minutes=16)
    attempt.save()
    assert sign_in(client, "clerk").status_code == 302


def test_a_disabled_account_is_out_at_its_next_request(client, auditor, administrator):
    client.force_login(auditor)
    assert client.get(reverse("admin:index")).status_code == 200
    services.disable_staff(staff_id=auditor.pk, reason="left", actor=administrator.as_actor(), at=OPENING)
    page = client.get(reverse("admin:index"), follow=True)
    assert page.templates[0].name == "stores/sign_in.html"
    assert sign_in(client, "auditor").status_code == 200


def test_signing_out_takes_a_post(client, auditor):
    client.force_login(auditor)
    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out"))["location"] == reverse("sign-in")
    assert "_auth_user_id" not in client.session


def test_a_new_password_keeps_this_session_and_ends_the_others(client, auditor, django_user_model):
    other = type(client)()
    other.force_login(auditor)
    client.force_login(auditor)
    words = {"old_password": PASSWORD, "new_password1": "gui-guan-2025", "new_password2": "gui-guan-2025"}
    assert client.post(reverse("password-change"), words)["location"] == reverse("home")
    assert client.get(reverse("admin:index")).status_code == 200
    assert other.get(reverse("admin:index")).status_code == 302
    auditor.refresh_from_db()
    assert auditor.check_password("gui-guan-2025")


@pytest.mark.parametrize(("old", "new"), [("wrong", "gui-guan-2025"), (PASSWORD, "123")])
def test_a_bad_new_password_changes_nothing(client, auditor, old, new):
    client.force_login(auditor)
    page = client.post(
        reverse("password-change"), {"old_password": old, "new_password1": new, "new_password2": new}
    )
    assert page.status_code == 200
    assert page.context["form"].errors
    auditor.refresh_from_db()
    assert auditor.check_password(PASSWORD)


def test_the_themes_own_sign_in_pages_are_never_shown(client, auditor):
    assert client.get("/admin/login/?next=/admin/")["location"] == f"{reverse('sign-in')}?next=/admin/"
    client.force_login(auditor)
    assert client.get("/admin/password_change/")["location"] == reverse("password-change")
    assert client.post("/admin/logout/")["location"] == reverse("sign-in")


def test_the_language_is_switched_before_signing_in(client):
    assert client.get(reverse("sign-in")).headers["Content-Language"] == "zh-hans"
    client.post(reverse("set_language"), {"language": "zh-hant", "next": reverse("sign-in")})
    page = client.get(reverse("sign-in"))
    assert page.headers["Content-Language"] == "zh-hant"
    assert 'lang="zh-hant"' in page.text


def test_the_session_cookie_is_out_of_reach_of_scripts(client, auditor):
    cookie = sign_in(client, "auditor").cookies["laurel_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
