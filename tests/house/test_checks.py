"""A deployment that forgot something is told what and how."""

import pytest
from pytest_django.fixtures import Settings

from apps.core import checks as core
from apps.members import checks as members
from config import env


def test_the_suites_own_keys_are_usable() -> None:
    assert members.keys_are_usable(None) == []


@pytest.mark.parametrize(
    ("keys", "index_key", "complaint"),
    [
        ([], "x", "names no key"),
        (["k1:short"], "x", "key k1 "),
        (["k1:QUJD"], "x", "key k1 must hold 32 bytes, it holds 3"),
    ],
)
def test_a_key_that_cannot_be_used_is_an_error(
    settings: Settings, keys: list[str], index_key: str, complaint: str
) -> None:
    settings.PERSONAL_DATA_KEYS, settings.PERSONAL_DATA_INDEX_KEY = keys, index_key
    (error,) = members.keys_are_usable(None)
    assert error.id == "members.E001"
    assert complaint in error.msg
    assert "openssl rand -base64 32" in error.hint


def test_a_missing_index_key_is_an_error(settings: Settings) -> None:
    settings.PERSONAL_DATA_INDEX_KEY = ""
    (error,) = members.keys_are_usable(None)
    assert "PERSONAL_DATA_INDEX_KEY" in error.msg


def test_a_deployment_names_its_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "DATABASE_URL", "")
    monkeypatch.setattr(env, "BROKER_URL", "")
    assert [warning.id for warning in core.servers_are_named(None)] == ["core.W001", "core.W002"]
    monkeypatch.setattr(env, "DATABASE_URL", "postgresql://laurel@db/laurel")
    monkeypatch.setattr(env, "BROKER_URL", "redis://broker/0")
    assert core.servers_are_named(None) == []
