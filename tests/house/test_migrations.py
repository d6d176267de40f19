"""A fresh test database is complete: nothing is outstanding."""

import pytest

from config import migrations


@pytest.mark.django_db
def test_nothing_is_outstanding_after_migrating() -> None:
    assert migrations.outstanding() == []
    assert migrations.apply_outstanding() == 0
