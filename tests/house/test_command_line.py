"""Every command works by itself, says what is wrong in one line, and leaves nothing running."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from config.command_line import needs_database, on_signals
from tests.house.servers import Processes, is_served, wait_until

COUNT = 'from apps.members.models import Member; print(f"{{\\"members\\": {Member.objects.count()}}}")'


@pytest.mark.kill
@pytest.mark.xdist_group("command line")
def test_two_first_commands_at_once_both_work_on_a_fresh_folder(shared_var: Path, run: Processes) -> None:
    both = [run.begin(shared_var, ["manage.py", "shell", "-v0", "-c", COUNT]) for _ in range(2)]
    said = [process.communicate(timeout=90) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert [json.loads(stdout) for stdout, _ in said] == [{"members": 0}] * 2  # and nothing else on stdout
    assert sum("Preparing the database" in stderr for _, stderr in said) == 1
    assert not is_served(shared_var)


@pytest.mark.kill
@pytest.mark.xdist_group("command line")
def test_a_polite_kill_leaves_nothing_running(shared_var: Path, run: Processes) -> None:
    waiting = run.begin(
        shared_var, ["manage.py", "shell", "-v0", "-c", "print(flush=True); import time; time.sleep(60)"]
    )
    wait_until(lambda: waiting.stdout.readline() == "\n")
    assert is_served(shared_var)
    waiting.send_signal(signal.SIGTERM)
    assert waiting.wait(20) == 128 + signal.SIGTERM
    assert not is_served(shared_var)


def test_a_hang_up_ignored_from_outside_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(signal, "signal", lambda number, _act: told.append(number))
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_IGN)
    on_signals(lambda number, frame: None, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    assert told == [signal.SIGINT, signal.SIGTERM]


def test_help_and_checks_start_no_server(shared_var: Path, run: Processes) -> None:
    told = run.manage(shared_var, "migrate", "--help")
    assert told.returncode == 0
    assert "usage: manage.py migrate" in told.stdout
    assert not is_served(shared_var)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["import_members", "members.csv"], True),
        (["migrate"], True),
        (["import_members", "--help"], False),
        (["check", "--deploy"], False),
        (["--version"], False),
        ([], False),
    ],
)
def test_which_commands_need_a_database(words: list[str], expected: bool) -> None:
    assert needs_database(["manage.py", *words]) is expected


def refused(told: object) -> str:
    """The one line of a command that could not run."""
    assert told.returncode == 2, told
    assert told.stdout == ""
    lines = told.stderr.strip().splitlines()
    assert len(lines) == 1, told.stderr
    return lines[0]


@pytest.mark.parametrize("words", [["migrate"], ["up", "--port", "0"]])
def test_an_unreachable_database_is_one_line_and_status_2(
    var: Path, run: Processes, words: list[str]
) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        address = f"postgresql://laurel:secret@127.0.0.1:{nobody_listens.getsockname()[1]}/laurel"
        line = refused(run.manage(var, *words, DATABASE_URL=address))
    assert line.startswith("manage.py: The database doesn't answer: ")
    assert "Check DATABASE_URL" in line
    assert "secret" not in line


def test_an_address_of_no_database_is_one_line_and_status_2(var: Path, run: Processes) -> None:
    line = refused(run.manage(var, "migrate", DATABASE_URL="mysql://u@h/n"))
    assert line == "manage.py: DATABASE_URL must read postgresql://USER:PASSWORD@HOST:PORT/NAME."


@pytest.mark.parametrize("words", [["migrate"], ["up", "--port", "0"]])
def test_a_folder_that_cannot_be_written_is_one_line_and_status_2(
    tmp_path: Path, run: Processes, words: list[str]
) -> None:
    if os.geteuid() == 0:  # permissions don't stop root, a file in the way does
        (tmp_path / "closed").touch()
    else:
        (tmp_path / "closed").mkdir(0o500)
    line = refused(run.manage(tmp_path / "closed" / "var", *words))
    assert line.startswith(("manage.py: Can't write to", "manage.py: Can't read"))
    assert "LAUREL_VAR" in line
