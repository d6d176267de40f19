"""An import killed at any point leaves whole chunks, and is finished by running it again."""

import json
import random
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connection

from apps.core import invariants
from apps.core.models import AuditEntry
from apps.members.models import ConsentEvent, Member, StoreLink
from apps.members.services.importing.running import LOCK
from tests.members.database import environment, in_chunks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]
REPOSITORY = Path(__file__).resolve().parents[2]
ROWS, CHUNK, SEED, KILLS = 4_000, 400, 20_260_520, 2


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "m.csv"
    lines = (f"K{n},王{n},138{n:08d},female,1990-01-01,S{n % 7},yes" for n in range(ROWS))
    path.write_text(
        "member_ref,name,phone,gender,birthday,store,marketing_consent\n" + "\n".join(lines) + "\n"
    )
    return path


def start(file):
    command = in_chunks(CHUNK, "apps.members.services.importing", "import_members", str(file), "--json")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment(), cwd=REPOSITORY, **pipes)


def wait_for_more_than(count, process):
    while Member.objects.count() <= count and process.poll() is None:
        time.sleep(0.02)


def wait_until_gone():
    """A commit under way when its process is killed is still carried out: let the server end its sessions."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with connection.cursor() as cursor:
        for _try in range(600):
            cursor.execute(f"{others} AND backend_type = 'client backend'")
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.1)
    raise AssertionError("a killed import's session is still there")


def test_a_killed_import_is_finished_by_running_it_again(file):
    chance = random.Random(SEED)
    done = 0
    for _ in range(KILLS):
        process = start(file)
        wait_for_more_than(done, process)
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        process.communicate()
        wait_until_gone()
        done = Member.objects.count()
        audited = AuditEntry.objects.filter(code="members.import").values_list("data__created", flat=True)
        assert sum(audited) == done  # a chunk and its audit row, or neither
        assert StoreLink.objects.count() == ConsentEvent.objects.count() == done
    assert done > 0
    process = start(file)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, f"seed {SEED}: {err.decode()}"
    facts = json.loads(out)
    assert (facts["created"], facts["unchanged"], facts["rejected"]) == (ROWS - done, done, 0)
    assert Member.objects.count() == StoreLink.objects.count() == ConsentEvent.objects.count() == ROWS
    assert not invariants.check(["P2", "P5", "P6", "P7", "P8"])


def test_a_second_import_is_refused_while_one_runs(file):
    with connection.cursor() as first:
        first.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            second = start(file)
            out, _ = second.communicate(timeout=60)
        finally:
            first.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    assert second.returncode == 1
    assert "error" in json.loads(out)
    assert Member.objects.count() == 0
    third = start(file)
    third.communicate(timeout=120)
    assert third.returncode == 0
    assert Member.objects.count() == ROWS
