"""Importing on real connections: two lanes give what one gives, and of two imports at once one is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core import invariants
from apps.core.models import AuditEntry
from apps.members.models import ConsentEvent, Member, StoreLink
from apps.members.services.importing import running
from tests.members.database import environment
from tests.members.test_import import outcome, rejected, run

pytestmark = pytest.mark.django_db(transaction=True)
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
HEADER = "member_ref,name,phone,store,marketing_consent"
MEMBERS = 400


@pytest.fixture
def mixed(tmp_path):
    """Members, and far behind them their phones again, written differently; some without a phone."""
    digits = [f"{n * 7919:08d}" for n in range(MEMBERS)]
    rows = [f"A{n},张{n},138{digits[n]},S{n % 5},yes" for n in range(MEMBERS)]
    rows += [f"B{n},李,+86 138-{digits[n][:4]}-{digits[n][4:]},S1,no" for n in range(0, MEMBERS, 5)]
    rows += [f"D{n},赵,,,yes" for n in range(30)] + ["E1,钱,bad,,"]
    path = tmp_path / "m.csv"
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


@pytest.mark.parametrize("chunk", [20, 10_000])
def test_lanes_do_not_show(mixed, monkeypatch, chunk):
    monkeypatch.setattr(running, "CHUNK", chunk)
    facts = run(mixed)
    assert outcome(facts) == (MEMBERS + 30, 0, 0, MEMBERS // 5 + 1)
    again = range(MEMBERS + 2, MEMBERS + 2 + MEMBERS // 5)  # the first row of each phone has it
    assert sorted(rejected(facts)) == [(row, "phone") for row in (*again, 512)]
    assert Member.objects.filter(member_ref__startswith="A").count() == MEMBERS
    assert StoreLink.objects.count() == MEMBERS
    assert ConsentEvent.objects.count() == MEMBERS + 30
    audited = AuditEntry.objects.filter(code="members.import").values_list("data__created", flat=True)
    assert sum(audited) == MEMBERS + 30
    assert outcome(run(mixed)) == (0, 0, MEMBERS + 30, MEMBERS // 5 + 1)
    assert not invariants.check(["P2", "P5", "P6", "P7", "P8"])


def test_two_at_once_import_each_member_once(tmp_path):
    path, count = tmp_path / "m.csv", 6_000
    rows = [f"A{n},张{n},138{n:08d},S{n % 5},yes" for n in range(count)]
    path.write_text("\n".join([HEADER, *rows, ""]))
    command = [sys.executable, str(MANAGE), "import_members", str(path), "--json"]
    runs = [
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _run in range(2)
    ]
    told = [json.loads(process.communicate(timeout=180)[0]) for process in runs]
    first, second = sorted(zip(told, runs, strict=True), key=lambda run: -run[0].get("created", 0))
    assert (first[0]["created"], first[1].returncode) == (count, 0)
    if second[1].returncode == 0:  # it began when the first had ended
        assert second[0]["unchanged"] == count
    else:
        assert (second[1].returncode, set(second[0])) == (1, {"error"})
    assert Member.objects.count() == StoreLink.objects.count() == ConsentEvent.objects.count() == count
    assert not invariants.check(["P2", "P5", "P6", "P7", "P8"])
