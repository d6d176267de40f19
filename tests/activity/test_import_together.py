"""Two imports of one purchases file at the same time: each purchase is recorded once, both runs end well."""

import json

import pytest

from apps.activity.models import Activity, Line
from apps.core import invariants
from apps.ledger.models import Entry
from apps.members.models import Member
from tests.activity.test_import_killed import start
from tests.factories import OPENING

pytestmark = pytest.mark.django_db(transaction=True)
PURCHASES, MEMBERS, RUNS = 2_400, 60, 2


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "p.csv"
    rows = [
        f"K{n},M{n % MEMBERS},S{n % 7},2025-04-{n % 28 + 1:02d}T10:{n % 60:02d}:00,{category},1,{n % 50}.00,"
        for n in range(PURCHASES)
        for category in ("MEAT", "DELI")
    ]
    refunds = [
        f"R{n},M{n % MEMBERS},S{n % 7},2025-05-01T10:00:00,MEAT,1,{n % 50}.00,K{n}" for n in range(0, 700, 7)
    ]
    header = "external_id,member_ref,store,occurred_at,category,quantity,amount,refund_of"
    path.write_text("\n".join([header, *rows, *refunds, ""]))
    Member.objects.bulk_create(
        Member(number=f"K{n:09d}", member_ref=f"M{n}", joined_at=OPENING, created_at=OPENING)
        for n in range(MEMBERS)
    )
    return path


def test_two_at_once_record_each_purchase_once(file):
    runs = [start(file) for _run in range(RUNS)]
    ended = [(*process.communicate(timeout=300), process.returncode) for process in runs]
    assert [code for _out, _err, code in ended] == [0] * RUNS, ended
    told = [json.loads(out) for out, _err, _code in ended]
    facts = PURCHASES + 100
    assert sum(run["recorded"] for run in told) == facts
    assert [run["recorded"] + run["replayed"] for run in told] == [facts] * RUNS
    assert [run["rejected_rows"] for run in told] == [0] * RUNS
    points = sum(2 * (n % 50) for n in range(PURCHASES)) - sum(n % 50 for n in range(0, 700, 7))
    assert sum(run["points"] for run in told) == points
    assert (Activity.objects.count(), Line.objects.count()) == (facts, 2 * PURCHASES + 100)
    assert sum(Entry.objects.values_list("amount", flat=True)) == points
    assert invariants.check() == []
