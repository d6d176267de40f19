"""Where things live follows from the data folder alone; an address is read or refused."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.embedded import folders, places
from config.refusals import CannotRun

STRANGER = places.Account("nobody", 54321, 54321)


@pytest.fixture
def as_ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.usefixtures("as_ordinary_user")
def test_an_ordinary_users_servers_live_in_the_data_folder() -> None:
    var = Path("/srv/laurel/var")
    assert places.postgres_place(var) == places.Place(var / "postgres", var / "postgres")
    assert (
        places.database_url(var) == "postgresql://postgres@:5432/laurel?host=%2Fsrv%2Flaurel%2Fvar%2Fpostgres"
    )
    assert places.broker_url(var) == "redis+socket:///srv/laurel/var/valkey/valkey.sock"


@pytest.mark.usefixtures("as_ordinary_user")
@pytest.mark.parametrize("name", ["x" * 100, "桂冠" * 20])
def test_a_path_too_long_for_a_socket_keeps_the_data_and_moves_the_socket(name: str) -> None:
    var = Path("/srv") / name / "var"
    place = places.postgres_place(var)
    assert place.root == var / "postgres"
    assert place.sockets.parent == Path("/tmp")
    assert len(os.fsencode(place.sockets / ".s.PGSQL.5432")) < 100
    assert place == places.postgres_place(var)
    assert place.sockets != places.postgres_place(var / "other").sockets


@pytest.mark.usefixtures("as_ordinary_user")
def test_a_name_no_address_can_carry_moves_the_brokers_socket() -> None:
    assert places.valkey_place(Path("/srv/my shop/var")).sockets.parent == Path("/tmp")


def test_a_private_folder_is_out_of_a_strangers_reach(tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir(mode=0o755)
    assert not places.reaches(STRANGER, tmp_path)  # pytest's folders are private
    assert places._may_pass(STRANGER, open_folder)
    open_folder.chmod(0o700)
    assert not places._may_pass(STRANGER, open_folder)


def test_a_link_in_place_of_a_private_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(CannotRun, match="belongs to another account"):
        folders.make_private(tmp_path / "link", None)


def test_folders_are_made_passable_whatever_the_umask_and_left_alone_later(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        folders.make_var(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o755, 0o755]
    (tmp_path / "a").chmod(0o700)
    folders.make_var(tmp_path / "a" / "b")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_an_address_becomes_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        env, "DATABASE_URL", "postgresql://shop:s%40fe@db.example:6432/laurel?sslmode=require"
    )
    entry = env.database()
    wanted = {"USER": "shop", "PASSWORD": "s@fe", "HOST": "db.example", "PORT": 6432, "NAME": "laurel"}
    assert {name: entry[name] for name in wanted} == wanted
    assert (entry["OPTIONS"]["sslmode"], entry["OPTIONS"]["connect_timeout"]) == ("require", 5)


def test_a_socket_folder_in_an_address_becomes_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "DATABASE_URL", "postgresql://postgres@/laurel?host=%2Ftmp%2Fmy%20shop")
    entry = env.database()
    assert (entry["HOST"], entry["NAME"]) == ("/tmp/my shop", "laurel")
    assert "host" not in entry["OPTIONS"]


@pytest.mark.parametrize("url", ["mysql://u@h/n", "nonsense", "postgresql://u@h/", "postgresql://u@h:port/n"])
@pytest.mark.filterwarnings("ignore:Engine not recognized")
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(env, "DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database()
