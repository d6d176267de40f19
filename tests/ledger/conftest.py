"""Every test of the ledger ends with every invariant holding, unless it breaks one on purpose."""

from collections.abc import Iterator

import pytest

from apps.core import invariants
from apps.ledger import services as ledger
from apps.ledger.models import Account
from apps.ledger.services import Capture, Declined
from apps.members.models import Member
from tests.ledger.acts import (
    NEXT_YEAR_END,
    TODAY,
    TOMORROW,
    YEAR_END,
    expire,
    give,
    held,
    key,
    noon,
    take,
    undo,
)


@pytest.fixture(autouse=True)
def _invariants_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "db" in request.fixturenames and not request.node.get_closest_marker("breaks_invariants"):
        assert invariants.check() == []


@pytest.fixture
def busy(ann: Member, ben: Member) -> Account:
    """Two accounts with a bit of everything; nothing is broken yet."""
    for member in (ann, ben):
        award = give(member, (100, YEAR_END), (50, NEXT_YEAR_END))
        sale = take(member, 120)
        undo(sale, 40)
        undo(award, 80)
        give(member, (10, TODAY), 200)
        expire(TOMORROW)
        ledger.capture(held(member, 5).hold_id, Capture(key(), noon(TODAY)))
        held(member, 7)
        ledger.decline([Declined(f"declined:{member.pk}", member.pk, noon(TODAY), "no_rule")])
    assert invariants.check() == []
    return Account.objects.get(member=ann)
