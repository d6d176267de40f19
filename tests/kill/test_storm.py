"""A short storm: processes die, their acts don't. And the verdict sees what a storm might break."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.activity.storm.acts import Act, award
from apps.activity.storm.journal import Journal, lines, unanswered
from apps.activity.storm.verdict import judge
from apps.ledger import services as ledger
from apps.ledger.services import Posting
from tests.ledger.acts import TODAY, noon


@pytest.mark.kill
def test_a_storm_loses_nothing_and_doubles_nothing(db, database_url, repository: Path, tmp_path: Path):
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    arguments = ["--seconds", "3", "--processes", "4", "--members", "3", "--seed", "7", "--kill-every", "0.4"]
    command = [sys.executable, "manage.py", "storm", *arguments, "--hot-seconds", "0", "--json"]
    done = subprocess.run(
        [*command, "--evidence", str(tmp_path)],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    met = json.loads(done.stdout)["storm"]
    assert met["acts"] > 50
    assert met["kills"]["processes"] >= 3
    assert met["kills"]["crashed"] == 0
    assert (met["lost"], met["doubled"], met["contradicted"], met["violations"]) == ([], [], [], [])
    assert met["errors"].get("deadlock", 0) == 0
    assert "Seed 7" in (tmp_path / "storm.md").read_text()
    assert json.loads((tmp_path / "storm.json").read_text())["seed"] == 7


def act(key: str, member: int) -> dict:
    return {
        "key": key,
        "kind": "award",
        "members": [member],
        "amount": 5,
        "at": noon(TODAY).isoformat(),
        "target": 0,
    }


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "0.jsonl"


def test_the_verdict_names_what_is_lost_doubled_or_contradicted(ann, journal):
    book = Journal(journal)
    for key, outcome in (
        ("kept", "done"),
        ("lost", "done"),
        ("refused", "refused"),
        ("forgotten", "refused"),
    ):
        book.write({"act": act(key, ann.pk)})
        book.write({"answer": key, "outcome": outcome, "ms": 1.0, "reason": "NotEnough"})
    book.write({"act": act("twice", ann.pk)})
    for key in ("kept", "forgotten", "twice"):
        award(Act(**act(key, ann.pk)))
    twin = Posting(ann.pk, "award", 5, noon(TODAY), source="other", explanation={"storm": "twice"})
    ledger.post([twin])  # what a door without idempotency would do
    verdict = judge([journal])
    assert verdict.lost == ["lost"]
    assert verdict.doubled == ["twice"]
    assert verdict.contradicted == ["forgotten"]
    assert verdict.unanswered == 1
    assert verdict.violations == []
    assert not verdict.clean


def test_a_clean_storm_is_clean(ann, journal):
    book = Journal(journal)
    book.write({"act": act("a", ann.pk)})
    award(Act(**act("a", ann.pk)))
    book.write({"answer": "a", "outcome": "done", "ms": 1.5})
    verdict = judge([journal])
    assert verdict.clean
    assert (verdict.acts, verdict.outcomes, verdict.kinds) == (1, {"done": 1}, {"award": 1})


def test_a_line_cut_short_by_a_kill_is_left_out_and_does_not_spoil_the_next(journal):
    Journal(journal).write({"act": act("a", 1)})
    with journal.open("ab") as file:
        file.write(b'{"answer": "a", "outco')
    book = Journal(journal)
    assert unanswered(journal) == {"act": act("a", 1)}
    book.write({"answer": "a", "outcome": "done", "ms": 1})
    assert unanswered(journal) is None
    assert [next(iter(line)) for line in lines(journal)] == ["act", "answer"]


def test_a_deadlock_makes_a_storm_unclean(ann, journal):
    Journal(journal).write({"error": "a", "what": "deadlock"})
    verdict = judge([journal])
    assert verdict.errors == {"deadlock": 1}
    assert not verdict.clean
