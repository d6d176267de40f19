"""Every test of the ledger ends with every invariant holding, unless it breaks one on purpose."""

from collections.abc import Iterator

import pytest

from apps.core import invariants


@pytest.fixture(autouse=True)
def _invariants_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    uses_database = {"db", "committed"} & set(request.fixturenames)
    if uses_database and not request.node.get_closest_marker("breaks_invariants"):
        assert invariants.check() == []
