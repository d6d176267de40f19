"""Every test of the ledger ends with every invariant holding, unless it breaks one on purpose."""

from collections.abc import Iterator

import pytest

from apps.core import invariants


@pytest.fixture(autouse=True)
def _invariants_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "db" in request.fixturenames and not request.node.get_closest_marker("breaks_invariants"):
        assert invariants.check() == []
