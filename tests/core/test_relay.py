"""The outbox relay: each subscriber hears each event once, failures come back later, nothing is lost."""

from datetime import timedelta

import pytest

from apps.core import outbox
from apps.core.models import Delivery, OutboxEvent
from apps.core.relay import FIRST_WAIT, relay_outbox
from tests.factories import OPENING

TOPIC = "test.happened"


class Ear:
    """A subscriber that notes what it heard and fails while told to."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.is_broken = False

    def __call__(self, event: OutboxEvent) -> None:
        self.heard.append(event.payload["n"])
        if self.is_broken:
            raise RuntimeError("broken ear")


@pytest.fixture
def ears(db, monkeypatch):
    first, second = Ear(), Ear()
    monkeypatch.setitem(outbox.SUBSCRIBERS, TOPIC, {"first": first, "second": second})
    return first, second


def announce(*numbers):
    for n in numbers:
        outbox.announce(TOPIC, {"n": n}, at=OPENING)


def test_every_subscriber_hears_every_event_once_in_order(ears):
    announce(1, 2, 3)
    assert relay_outbox(at=OPENING) == 3
    assert relay_outbox(at=OPENING) == 0
    assert [ear.heard for ear in ears] == [[1, 2, 3], [1, 2, 3]]
    assert Delivery.objects.count() == 6
    assert not OutboxEvent.objects.filter(done_at=None).exists()


def test_an_event_nobody_waits_for_is_done(db):
    outbox.announce("test.nobody", {}, at=OPENING)
    assert relay_outbox(at=OPENING) == 1
    assert OutboxEvent.objects.get().done_at == OPENING


def test_a_batch_is_limited(ears):
    announce(1, 2, 3)
    assert relay_outbox(at=OPENING, limit=2) == 2
    assert ears[0].heard == [1, 2]
    assert OutboxEvent.objects.get(done_at=None).attempts == 0


def test_a_failing_subscriber_is_tried_again_later_and_the_others_are_not_called_twice(ears):
    first, second = ears
    second.is_broken = True
    announce(1)
    with pytest.raises(RuntimeError, match="broken ear"):
        relay_outbox(at=OPENING)
    event = OutboxEvent.objects.get()
    assert event.done_at is None
    assert event.attempts == 1
    assert event.next_attempt_at == OPENING + FIRST_WAIT
    assert event.last_error.endswith("RuntimeError: broken ear\n")
    assert [d.subscriber for d in Delivery.objects.all()] == ["first"]

    second.is_broken = False
    assert relay_outbox(at=OPENING + FIRST_WAIT - timedelta(seconds=1)) == 0
    assert relay_outbox(at=OPENING + FIRST_WAIT) == 1
    assert (first.heard, second.heard) == ([1], [1, 1])
    event.refresh_from_db()
    assert (event.done_at, event.last_error) == (OPENING + FIRST_WAIT, "")


def test_the_wait_doubles_and_stops_at_an_hour(ears):
    ears[0].is_broken = True
    announce(1)
    at, waits = OPENING, []
    for _attempt in range(10):
        with pytest.raises(RuntimeError):
            relay_outbox(at=at)
        due = OutboxEvent.objects.get().next_attempt_at
        waits.append((due - at).total_seconds())
        at = due
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_events_behind_a_failing_one_come_with_the_next_ring(ears):
    ears[0].is_broken = True
    announce(1, 2)
    with pytest.raises(RuntimeError):
        relay_outbox(at=OPENING)
    ears[0].is_broken = False
    assert relay_outbox(at=OPENING + FIRST_WAIT) == 2
    assert ears[1].heard == [1, 2]


def test_what_a_failing_subscriber_wrote_is_rolled_back(ears, monkeypatch, db):
    def half_done(event):
        outbox.announce("test.half", {}, at=OPENING)
        raise RuntimeError("half")

    monkeypatch.setitem(outbox.SUBSCRIBERS, TOPIC, {"half": half_done})
    announce(1)
    with pytest.raises(RuntimeError):
        relay_outbox(at=OPENING)
    assert not OutboxEvent.objects.filter(topic="test.half").exists()
    assert not Delivery.objects.exists()
