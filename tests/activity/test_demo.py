"""The demo: real history moved to today, loaded once, finished when it was interrupted."""

import io
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.activity.demo import acts, history, loading, names
from apps.activity.models import Activity, Line, MemberSummary, Quote
from apps.core import clock, demo, invariants
from apps.core.models import OutboxEvent
from apps.ledger.models import Entry
from apps.members.models import Channel, Member
from apps.points.models import RuleVersion
from apps.stores.models import Staff, Store
from tests.factories import MemberFactory

NOW = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)  # a Wednesday, 16:00 in Shanghai
FEW = 4_000


class TestHistory:
    """The packed file says what the published one says."""

    def test_it_holds_every_purchase_and_line_and_names_each_category(self):
        rows = lines = fen = 0
        mine, seen = [], set()
        sizes = Counter({row["store"]: 0 for row in history.members(timedelta(), date.max)})
        for basket in history.baskets():
            rows += 1
            lines += len(basket.lines)
            fen += sum(amount for _category, _quantity, amount in basket.lines)
            sizes[f"S{basket.store}"] += 1
            seen.update(category for category, _quantity, _fen in basket.lines)
            if basket.member == "00001":
                mine.append(sum(fen for _category, _quantity, fen in basket.lines))
        assert (rows, lines, fen, basket.at) == (155_848, history.ROWS, 459_603_958, history.LAST)
        assert history.stores_by_size() == sorted(sizes, key=lambda code: (-sizes[code], code))

        assert (len(mine), sum(mine)) == (51, 241_556)
        assert seen == set(names.CATEGORIES.values())

    def test_it_moves_by_whole_weeks_to_reach_now(self):
        now = datetime(2026, 5, 20, 16, 0)
        weeks = history.weeks_until(now)
        moved = datetime(2018, 1, 1, 4, 1, 20) + timedelta(weeks=weeks)
        assert now <= moved < now + timedelta(weeks=1)

    def test_stores_have_different_names(self):
        places = Counter(names.store_place(rank) for rank in range(480))
        assert max(places.values()) == 1

    def test_nobody_joins_in_the_future(self):
        rows = history.members(timedelta(weeks=500), date(2026, 5, 20))
        assert max(row["joined_on"] for row in rows) == "2026-05-20"
        assert len(rows) == 2_469


@pytest.fixture(scope="module")
def last_baskets():
    return list(islice(history.baskets(), 155_848 - FEW, None))


@pytest.fixture
def short_history(monkeypatch, db, last_baskets):
    """The last purchases only, so that a load takes seconds."""
    monkeypatch.setattr(history, "baskets", lambda: iter(last_baskets))
    monkeypatch.setattr(acts, "ENOUGH", 0)  # a week brings few points
    monkeypatch.setattr(acts, "SPENT", 0)
    with clock.moved_to(NOW):
        yield


def load(**options):
    out = io.StringIO()
    call_command("load_demo", "--json", stdout=out, stderr=io.StringIO(), **options)
    return json.loads(out.getvalue())


def test_a_load_makes_a_shop_that_is_alive_and_a_second_changes_nothing(short_history):
    assert loading.is_missing() is True
    facts = load()
    assert (facts["loaded"], facts["members"], facts["rejected_rows"]) == (True, 2_469, 0)
    assert facts["till_refunds"] >= 1
    today = Activity.objects.filter(occurred_at__gte=clock.day_start(date(2026, 5, 20)))
    assert today.exists()
    assert not Activity.objects.filter(occurred_at__gt=NOW).exists()
    assert Activity.objects.filter(channel__code="pos").count() == facts["purchases"] > FEW // 3
    assert Line.objects.filter(category="果蔬").exists()
    assert dict(Channel.objects.values_list("code", "name")) == names.CHANNELS
    assert Store.objects.exclude(name="").count() == Store.objects.count() > 50
    assert set(Staff.objects.values_list("username", flat=True)) == set(names.LOGINS)
    assert RuleVersion.objects.filter(published_at=None).count() == 1
    assert Entry.objects.filter(kind="reverse").exists()
    assert Quote.objects.filter(state="cancelled").exists()
    assert not OutboxEvent.objects.filter(done_at=None).exists()
    assert MemberSummary.objects.exists()
    assert loading.is_missing() is False
    before = (Activity.objects.count(), Entry.objects.count(), Member.objects.count())
    assert load() == {"loaded": False, "already_loaded": True}
    assert (Activity.objects.count(), Entry.objects.count(), Member.objects.count()) == before


def test_an_interrupted_load_is_finished_later(short_history, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(loading.acts, "act_at_till", stop)
        with pytest.raises(KeyboardInterrupt):
            load()
    done = Activity.objects.count()
    assert (loading.is_loaded(), loading.is_missing()) == (False, True)
    with clock.moved_to(NOW + timedelta(hours=1)):
        assert load()["loaded"] is True
    assert Activity.objects.count() > done
    assert invariants.check() == []


def test_a_database_with_real_members_is_left_alone(short_history):
    MemberFactory()
    assert loading.is_missing() is False
    with pytest.raises(CommandError) as refused:
        load()
    assert refused.value.returncode == 1
    assert Store.objects.count() == 1
    assert not Staff.objects.exists()


def test_the_logins_are_told(db):
    assert {login.username for login in demo.logins()} == set(names.LOGINS)
