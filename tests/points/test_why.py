"""The why-panel of the back office: how an entry came to be, and why an award did not."""

import pytest
from django.urls import reverse

from apps.activity import services as activity
from apps.activity.rules import Fact, FactLine
from apps.core import clock
from apps.ledger.models import Decline, Entry
from apps.ledger.services import Posting, post
from apps.points import origins, rules
from tests.factories import ChannelFactory
from tests.points import clearing_cast
from tests.points.making import AT, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon_in_english(settings):
    settings.LANGUAGE_CODE = "en"
    with clock.moved_to(AT):
        yield


@pytest.fixture
def desk(client, operations):
    client.force_login(operations)
    return client


def bought(member, fen, *, store=None, staff=None):
    ChannelFactory(code="pos", name="POS")
    place = {"store_id": store and store.pk, "staff_id": staff and staff.pk}
    lines = (FactLine("food", "", 1, fen),)
    fact = Fact("purchase", "pos", f"P{fen}", member.pk, AT, lines=lines, **place)
    return activity.record_one(fact, at=AT)


def asked(client, member, entry, **headers):
    return client.get(reverse("points:entry-why", args=[member.pk, entry.pk]), headers=headers)


def text(response):
    return " ".join(response.content.decode().split())


def test_an_award_tells_rule_base_rate_multiplier_rounding_cap_lots_activity_and_who(desk, ann, store, clerk):
    publish("double", rules.EarningSpec(effect="multiply", multiplier=200, cap_month=100))
    receipt = bought(ann, 12850, store=store, staff=clerk)
    why = asked(desk, ann, Entry.objects.get()).context["why"]
    (base, double) = (told.step for told in why.steps)
    assert (base.rule, base.version, base.base, base.rate) == ("消费积分", 1, "¥128.50", "1 point per ¥1.00")
    assert (base.multiplier, base.rounding, base.caps, base.points) == ("", "rounded down", (), 128)
    assert (double.base, double.multiplier, double.points) == ("128 base points", "× 2", 100)
    assert double.caps == ("at most 100 in 2026-03, 100 were left", "cut by 28")
    assert base.valid_through == "2027-12-31"
    assert why.steps[0].sentence == "Every ¥1 paid earns 1 point; rounded down once per purchase."
    assert why.sentences == ("¥128.50 was paid in money.",)
    assert why.lots == ("+228 points, valid through 2027-12-31; 228 of them are left today.",)
    assert why.origin.title == f"Purchase {receipt.activity_id}"
    assert [str(value) for _, value in why.origin.facts] == [
        *("P12850", "POS", str(store), "¥128.50", str(clerk))
    ]
    assert why.entry.staff == clerk


def test_the_page_names_what_it_tells(desk, ann, store, clerk):
    publish("sunday", rules.EarningSpec(weekdays=(7,)))
    bought(ann, 12850, store=store, staff=clerk)
    shown = text(asked(desk, ann, Entry.objects.get()))
    assert "+128 → 128" in shown
    assert f"{clerk} · {store}" in shown
    assert "1 rule gave nothing" in shown
    assert "“Sunday” gave nothing: it runs on Sunday only" in shown
    assert "<html" in shown


def test_below_a_row_it_is_a_part_of_the_page(desk, ann):
    bought(ann, 500)
    assert "<html" not in text(asked(desk, ann, Entry.objects.get(), hx_request="true"))


def test_an_award_that_did_not_happen_is_told(desk, ann):
    bought(ann, 80)
    page = desk.get(reverse("points:decline-why", args=[ann.pk, Decline.objects.get().pk]))
    why = page.context["why"]
    assert why.sentences == ("¥0.80 was paid in money.", "the amount is too small for a whole point")
    assert why.misses == ("“消费积分” gave nothing: the amount is too small for a whole point",)
    assert why.steps == ()
    assert why.origin.title.startswith("Purchase ")


def test_an_entry_from_nowhere_known_is_told_without_an_origin(desk, ann):
    post([Posting(ann.pk, "award", 5, AT, source="gift:1")])
    why = asked(desk, ann, Entry.objects.get()).context["why"]
    assert why.origin is None
    assert why.lots == ("+5 points, without an end; 5 of them are left today.",)


def test_points_that_were_cleared_name_the_run(desk, store):
    (member,) = clearing_cast.crowd(store, 1)
    run = clearing_cast.plan()
    clearing_cast.run(run)
    why = asked(desk, member, Entry.objects.get(kind="expire")).context["why"]
    assert str(why.origin.title) == "Clearing as of 2019-01-01"
    assert why.origin.url == reverse("admin:points_clearingrun_change", args=[run.pk])
    assert why.sentences == ("1 points were not used by their last day.",)


def test_entries_of_another_member_or_outside_the_scope_are_not_there(desk, client, ann, ben, manager):
    bought(ann, 500)
    entry = Entry.objects.get()
    assert asked(desk, ben, entry).status_code == 404
    assert desk.get(reverse("points:decline-why", args=[ann.pk, 1])).status_code == 404
    assert desk.post(reverse("points:entry-why", args=[ann.pk, entry.pk])).status_code == 405
    manager.home_store = None
    manager.save()
    client.force_login(manager)
    assert asked(client, ann, entry).status_code in (403, 404)


def test_the_answer_costs_the_same_queries_for_one_rule_and_for_ten(
    desk, ann, store, clerk, django_assert_num_queries
):
    bought(ann, 500, store=store, staff=clerk)
    for number in range(9):
        publish(f"gift{number}", rules.EarningSpec())
    bought(ann, 600, store=store, staff=clerk)
    few, many = Entry.objects.order_by("pk")
    asked(desk, ann, few)
    counts = []
    for entry in (few, many):
        with django_assert_num_queries(QUERIES):
            counts.append(len(asked(desk, ann, entry, hx_request="true").context["why"].steps))
    assert counts == [1, 10]


def test_two_apps_cannot_tell_the_same_sources():
    with pytest.raises(ValueError, match="registered twice: refund"):
        origins.register("refund", lambda source: None)


QUERIES = 11
