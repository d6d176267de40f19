"""The pages of replays: start, watch, cancel, read, publish."""

from datetime import timedelta

import pytest
from django.urls import reverse
from kombu.exceptions import OperationalError

from apps.activity import tasks
from apps.activity.models import Replay
from apps.core import clock
from apps.points.models import RuleVersion
from tests.activity.test_replaying import (
    NOW,
    OPENING,
    buy,  # noqa: F401
    draft_of,
    publish,
    replayed,
    version_of,
)
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/activity/replay/"


@pytest.fixture(autouse=True)
def _now_in_english(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def rung(monkeypatch):
    found = []
    monkeypatch.setattr(tasks.run_replay, "delay", found.append)
    return found


@pytest.fixture
def desk(client, marketer):
    client.force_login(marketer)
    return client


def page(act, key):
    return reverse(f"admin:activity_replay_{act}", args=[key])


def text(response):
    return " ".join(response.content.decode().split())


def test_a_draft_is_replayed_from_its_page_and_published_at_a_chosen_time(desk, buy, ann, rung, marketer):  # noqa: F811
    buy(ann, "1", 10_000, OPENING + timedelta(days=70))
    draft = draft_of("base", points=2)
    rule_page = text(desk.get(reverse("admin:points_rule_change", args=[draft.rule_id])))
    assert page("start", draft.pk) in rule_page
    started = desk.post(page("start", draft.pk), {"days": "30"})
    replay = Replay.objects.get()
    assert (started.status_code, started.url) == (302, page("change", replay.pk))
    assert (replay.days, replay.activities, replay.requested_by, rung) == (30, 1, marketer, [replay.pk] * 2)
    assert "0 of 1 activities replayed (0%)" in text(desk.get(started.url))
    tasks.run_replay(replay.pk)
    shown = text(desk.get(started.url))
    assert "Every ¥1 paid earns 2 points" in shown
    assert '<div class="lr-card-value">200</div><div class="lr-hint">+100</div>' in shown
    assert "“消费积分” (version 2): 2 points per ¥1.00 on ¥100.00, rounded down = 200 points" in shown
    form = desk.get(started.url).context["publish_form"]
    answer = desk.post(
        reverse("admin:points_rule_act", args=[draft.rule_id]),
        {"act": "publish", "starts_at": "2025-06-01T08:00", "wording": form["wording"].value()},
    )
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.starts_at - NOW, draft.published_by) == (timedelta(days=11, hours=22), marketer)
    assert desk.get(started.url).context["publish_form"] is None


def test_a_draft_worded_anew_since_cannot_be_published_as_it_was_replayed(desk, buy, ann):  # noqa: F811
    buy(ann, "1", 10_000, OPENING + timedelta(days=70))
    draft = draft_of("base", points=2)
    replay = replayed(draft)
    seen = desk.get(page("change", replay.pk)).context["publish_form"]["wording"].value()
    draft_of("base", points=9)
    assert desk.get(page("change", replay.pk)).context["publish_form"] is None
    act = reverse("admin:points_rule_act", args=[draft.rule_id])
    answer = desk.post(act, {"act": "publish", "wording": seen})
    assert answer.status_code == 422
    assert "The draft was worded anew since you looked at it." in text(answer)
    assert RuleVersion.objects.filter(rule=draft.rule, published_at=None).exists()


def test_the_bar_asks_for_the_whole_page_once_it_is_over(desk, buy, ann, rung):  # noqa: F811
    buy(ann, "1", 10_000, OPENING + timedelta(days=70))
    desk.post(page("start", version_of("base").pk), {"days": "30"})
    replay = Replay.objects.get()
    asked = desk.get(page("progress", replay.pk))
    assert 'hx-trigger="every 1s"' in text(asked)
    assert "HX-Refresh" not in asked.headers
    tasks.run_replay(replay.pk)
    asked = desk.get(page("progress", replay.pk))
    assert "1 of 1 activities replayed (100%)" in text(asked)
    assert asked.headers["HX-Refresh"] == "true"


def test_a_replay_is_cancelled_once(desk, rung):
    desk.post(page("start", version_of("base").pk), {"days": "90"})
    replay = Replay.objects.get()
    assert "Cancel the replay" in text(desk.get(page("change", replay.pk)))
    assert desk.get(page("cancel", replay.pk)).status_code == 405
    assert desk.post(page("cancel", replay.pk)).url == page("change", replay.pk)
    assert Replay.objects.get().state == "cancelled"
    again = desk.post(page("cancel", replay.pk), follow=True)
    assert "This replay has ended already." in text(again)
    assert desk.post(page("cancel", replay.pk + 1)).status_code == 404


def test_without_a_worker_it_waits_and_says_so(desk, monkeypatch):
    def fail(replay_id):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.run_replay, "delay", fail)
    answer = desk.post(page("start", version_of("base").pk), {"days": "30"}, follow=True)
    assert "No worker could be called; the replay begins within five minutes." in text(answer)
    assert Replay.objects.get().state == "running"


@pytest.mark.parametrize("days", ["", "31", "x"])
def test_only_the_spans_offered_are_taken(desk, days):
    answer = desk.post(page("start", version_of("base").pk), {"days": days})
    assert (answer.status_code, Replay.objects.exists()) == (422, False)


def test_other_kinds_and_strangers_ids_are_not_there(desk):
    assert desk.post(page("start", version_of("annual").pk), {"days": "30"}).status_code == 404
    assert desk.get(page("start", 0)).status_code == 404
    assert desk.get(page("change", 0)).status_code == 404
    assert desk.get(page("progress", 0)).status_code == 404


def test_an_auditor_reads_and_starts_nothing(client, auditor, manager, buy, ann):  # noqa: F811
    buy(ann, "1", 10_000, OPENING + timedelta(days=70))
    replay = replayed(draft_of("base", points=2))
    client.force_login(auditor)
    shown = client.get(page("change", replay.pk))
    assert (shown.status_code, shown.context["publish_form"]) == (200, None)
    assert client.get(page("start", version_of("base").pk)).status_code == 403
    assert client.post(page("cancel", replay.pk)).status_code == 403
    client.force_login(manager)
    assert client.get(page("change", replay.pk)).status_code == 403
    assert client.get(LIST).status_code == 403


def test_members_outside_the_reader_s_scope_are_no_links(client, marketer, buy, ann, far_store):  # noqa: F811
    buy(ann, "1", 10_000, OPENING + timedelta(days=70))
    replay = replayed(draft_of("base", points=2))
    marketer.sees_all_stores, marketer.home_store = False, far_store
    marketer.save()
    client.force_login(marketer)
    (example,) = client.get(page("change", replay.pk)).context["report"].examples
    assert (example.name, example.number, example.url) == ("王*", ann.number, "")


def test_one_example_and_ten_cost_the_same_queries(desk, buy, ann, store, django_assert_num_queries):  # noqa: F811
    publish("double", effect="multiply", multiplier=200)
    buy(ann, "1", 10_000, OPENING + timedelta(days=70))
    draft = draft_of("base", points=2)
    few = replayed(draft)
    for n, member in enumerate(MemberFactory.create_batch(12, home_store=store)):
        buy(member, f"m{n}", 1000 + n * 100, OPENING + timedelta(days=50 + n))
    many = replayed(draft)
    desk.get(page("change", few.pk))
    counts = []
    for replay in (few, many):
        with django_assert_num_queries(DETAIL):
            counts.append(len(desk.get(page("change", replay.pk)).context["report"].examples))
    assert counts == [1, 10]


def test_the_list_costs_the_same_queries_for_one_and_for_many(desk, django_assert_num_queries):
    assert "No rule has been replayed yet." in text(desk.get(LIST))
    for _ in range(5):
        replayed(version_of("base"))
    with django_assert_num_queries(ROWS):
        shown = text(desk.get(LIST))
    assert shown.count(">View</a>") == 5


DETAIL, ROWS = 7, 5
