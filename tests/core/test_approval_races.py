"""Two who decide at once, and a decision against the clock. The twins without the guard come out wrong."""

from datetime import timedelta

import pytest

from apps.core.approvals import errors, registry
from apps.core.approvals import services as approvals
from apps.core.approvals.models import ApprovalRequest
from apps.core.approvals.services import deciding
from apps.stores import roles
from tests.concurrency import racing
from tests.core.approval_cast import AT, CODE, Notebook, ask
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


@pytest.fixture
def book(monkeypatch):
    book = Notebook()
    book.size = 11
    monkeypatch.setitem(registry.acts._items, CODE, book.act())
    return book


@pytest.fixture
def waiting(book, operations):
    return ask(operations)


@pytest.fixture
def pair(store):
    return [StaffFactory(username=name, role=roles.OPERATIONS, home_store=store) for name in ("one", "two")]


def approving(waiting, staff, at=AT):
    return lambda: approvals.approve(request_id=waiting.pk, staff=staff, at=at)


def expiring(waiting):
    return lambda: approvals.expire_due(at=waiting.expires_at)


def _look_then_write(row, at, decided):
    """The claim without its guard: decides what was read before."""
    if row.state != "waiting":
        raise errors.NotWaiting(row.pk, row.state)
    for name, value in decided.items():
        setattr(row, name, value)
    ApprovalRequest.objects.filter(pk=row.pk).update(**decided)
    return row


def test_of_two_who_approve_at_once_one_does(book, waiting, pair):
    first, second = racing.overlap(*(approving(waiting, staff) for staff in pair))
    assert first.state == "done"
    assert isinstance(second, errors.NotWaiting)
    assert len(book.written) == 1


def test_its_twin_without_the_guard_acts_twice(book, waiting, pair, monkeypatch):
    monkeypatch.setattr(deciding, "_claim", _look_then_write)
    with racing.unguarded("core_approvalrequest", "core_approvalrequest_stays"):  # the database's own guard
        racing.overlap(*(approving(waiting, staff) for staff in pair))
    assert len(book.written) == 2


def test_approving_while_it_expires_comes_too_late(book, waiting, pair):
    just_in_time = waiting.expires_at - timedelta(seconds=1)
    expired, approved = racing.overlap(expiring(waiting), approving(waiting, pair[0], just_in_time))
    assert expired == 1
    assert isinstance(approved, errors.NotWaiting)
    assert book.written == []


def test_expiring_while_it_is_approved_leaves_it_approved(book, waiting, pair):
    just_in_time = waiting.expires_at - timedelta(seconds=1)
    approved, expired = racing.overlap(approving(waiting, pair[0], just_in_time), expiring(waiting))
    waiting.refresh_from_db()
    assert (approved.state, expired, waiting.state) == ("done", 0, "done")


def test_the_same_asked_twice_at_once_waits_once(book, operations, pair):
    first, second = racing.overlap(lambda: ask(operations), lambda: ask(pair[0]))
    assert first.state == "waiting"
    assert isinstance(second, errors.AlreadyAsked)
    assert ApprovalRequest.objects.count() == 1
