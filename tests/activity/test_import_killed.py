"""An import killed at any point leaves whole chunks, and is finished by running it again."""

import json
import random
import subprocess
import time
from pathlib import Path

import pytest

from apps.activity.models import Activity, Line
from apps.core import invariants
from apps.ledger.models import Entry
from apps.members.models import Member
from tests.factories import OPENING
from tests.members.database import environment, in_chunks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]
REPOSITORY = Path(__file__).resolve().parents[2]
PURCHASES, MEMBERS, CHUNK, SEED, KILLS = 2_400, 40, 150, 20_260_520, 2


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "p.csv"
    rows = (
        f"K{n},M{n % MEMBERS},S{n % 7},2025-04-{n % 28 + 1:02d}T10:{n % 60:02d}:00,{category},1,{n % 50}.00"
        for n in range(PURCHASES)
        for category in ("MEAT", "DELI")
    )
    header = "external_id,member_ref,store,occurred_at,category,quantity,amount"
    path.write_text("\n".join([header, *rows, ""]))
    Member.objects.bulk_create(
        Member(number=f"K{n:09d}", member_ref=f"M{n}", joined_at=OPENING, created_at=OPENING)
        for n in range(MEMBERS)
    )
    return path


def start(file):
    words = ("import_purchases", str(file), "--channel", "pos", "--json")
    command = in_chunks(CHUNK, "apps.activity.services.importing", *words)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment(), cwd=REPOSITORY, **pipes)


def wait_for_more_than(count, process):
    while Activity.objects.count() <= count and process.poll() is None:
        time.sleep(0.02)


def test_a_killed_import_is_finished_by_running_it_again(file):
    chance = random.Random(SEED)
    done = 0
    for _ in range(KILLS):
        process = start(file)
        wait_for_more_than(done, process)
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        process.communicate()
        done = Activity.objects.count()
        assert invariants.check(["L7", "F1"]) == [], f"seed {SEED}"
    process = start(file)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, f"seed {SEED}: {err.decode()}"
    facts = json.loads(out)
    assert facts["recorded"] + facts["replayed"] == PURCHASES
    assert facts["replayed"] >= done  # what was being committed when it was killed may count
    assert facts["rejected_rows"] == 0
    assert (Activity.objects.count(), Line.objects.count()) == (PURCHASES, 2 * PURCHASES)
    points = sum(2 * (n % 50) for n in range(PURCHASES))
    assert sum(Entry.objects.values_list("amount", flat=True)) == points
    assert invariants.check() == [], f"seed {SEED}"
