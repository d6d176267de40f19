"""What the member's page and the counter say of a tier."""

from django.urls import reverse
from django.utils import translation

from apps.activity import services as activity
from apps.core import clock
from apps.tiers import queries, sentences
from apps.tiers import services as tiers
from tests.tiers.conftest import DESK, THREE, assess, day, publish


def buy(purchase, member, yuan, at):
    activity.record([purchase(member, ("A", 1, yuan * 100), at=at)], at=at)


def said(member, at):
    with translation.override("en"):
        (glance,) = queries.glances(member, at)
        return sentences.told(glance).lines


def test_what_is_missing_is_said_in_a_sentence(ann, ben, purchase):
    publish(levels=THREE, grace_days=10)
    at = day("2026-01-10")
    buy(purchase, ann, 120, at)
    assert said(ben, at) == ("0 growth: 100 more reach silver.",)
    assert said(ann, at) == ("120 growth: 180 more reach gold.", "Enough growth to keep what was earned.")
    (glance,) = queries.glances(ann, at)
    assert (glance.level.code, glance.growth, glance.percent, glance.until) == ("silver", 120, 40, None)
    assess("2027-02-01")
    assert said(ann, day("2027-02-02")) == (
        "0 growth: 300 more reach gold.",
        "Falls on 2027-02-11 unless 80 more growth comes.",
    )
    pin = tiers.Pin(ben.pk, "levels", "gold", day("2027-06-01", 0), "complaint 17")
    tiers.entitle(pin=pin, actor=DESK, at=day("2027-02-03"))
    assert said(ben, day("2027-02-04"))[-1] == "Pinned by staff until 2027-06-01: complaint 17"


def test_the_member_page_and_the_counter_show_the_tier(ann, purchase, manager, clerk, client):
    publish(levels=THREE, name="桂冠等级")
    at = day("2026-01-10")
    buy(purchase, ann, 120, at)
    with clock.moved_to(at), translation.override("zh-hans"):
        client.force_login(clerk)
        page = client.get(reverse("counter:member", args=[ann.number]))
        assert "再得 180 升为gold" in page.content.decode()
        client.force_login(manager)
        page = client.get(reverse("admin:members_member_change", args=[ann.pk]) + "?tab=tiers")
    text = page.content.decode()
    assert "桂冠等级" in text
