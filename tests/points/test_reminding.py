"""Reminders before points expire: from the very lots, once per member, last day and notice."""

from datetime import date, timedelta

import pytest

from apps.core import clock
from apps.core.models import OutboxEvent
from apps.ledger import services as ledger
from apps.members.models import Member
from apps.points import services as points
from apps.points import tasks
from apps.points.models import Reminder
from tests.points.clearing_cast import AT, grant

pytestmark = pytest.mark.django_db
TODAY = date(2019, 1, 2)


def days(number):
    return TODAY + timedelta(days=number)


def remind(on=TODAY):
    return points.plan_reminders(day=on, after=0, upto=2**62, at=AT)


def planned():
    rows = Reminder.objects.order_by("id")
    return [(row.member_id, row.expires_on, row.days_before, row.points) for row in rows]


def announced():
    return [event.payload for event in OutboxEvent.objects.filter(topic="points.expiring").order_by("id")]


def test_lots_of_one_last_day_are_one_reminder_and_one_event(ann):
    grant(ann, (30, days(30)), (12, days(30)), (5, days(31)))
    assert remind() == 1
    assert planned() == [(ann.pk, days(30), 30, 42)]
    reminder = Reminder.objects.get()
    assert announced() == [
        {
            "reminder": reminder.pk,
            "member": ann.pk,
            "expires_on": days(30).isoformat(),
            "days_before": 30,
            "points": 42,
        }
    ]


def test_twice_run_is_no_more(ann, ben):
    grant(ann, (30, days(30)))
    grant(ben, (30, days(7)))
    assert (remind(), remind(), remind()) == (2, 0, 0)
    assert len(announced()) == 2


def test_each_notice_comes_once_as_the_day_draws_near(ann):
    grant(ann, (30, days(40)))
    found = [remind(days(number)) for number in range(0, 43)]
    assert [number for number, count in enumerate(found) if count] == [10, 33, 39]
    assert [row[2] for row in planned()] == [30, 7, 1]


def test_a_late_job_sends_the_shortest_notice_alone(ann):
    grant(ann, (30, days(5)))
    assert remind() == 1
    assert planned() == [(ann.pk, days(5), 7, 30)]


def test_what_was_spent_is_not_told(ann):
    grant(ann, (30, days(7)), (9, days(60)))
    ledger.post([ledger.Posting(ann.pk, "spend", -30, AT)])
    assert remind() == 0


def test_what_is_past_or_never_expires_or_belongs_to_a_closed_member_is_not_told(ann, ben):
    grant(ann, (30, days(-1)), (9, None))
    grant(ben, (30, days(7)))
    Member.objects.filter(pk=ben.pk).update(status="closed")
    assert remind() == 0
    assert announced() == []


def test_the_bell_walks_all_accounts(ann, ben, monkeypatch):
    monkeypatch.setattr(tasks, "REMINDED_AT_ONCE", 1)
    grant(ann, (30, days(7)))
    grant(ben, (20, days(1)))
    with clock.moved_to(AT):
        assert (tasks.remind(), tasks.remind()) == (2, 0)


def test_the_bell_rings_again_when_its_time_is_up(ann, ben, monkeypatch):
    monkeypatch.setattr(tasks, "REMINDED_AT_ONCE", 1)
    monkeypatch.setattr(tasks, "SECONDS_AT_ONCE", -1)
    rung = []
    monkeypatch.setattr(tasks.remind, "delay", lambda *left: rung.append(left))
    first = ledger.lock_accounts([ann.pk, ben.pk])[ann.pk].id
    monkeypatch.setattr(tasks.queries, "last_account", lambda: first + 1)
    grant(ann, (30, days(7)))
    with clock.moved_to(AT):
        tasks.remind(after=first - 1)
    assert rung == [(TODAY.isoformat(), first)]
