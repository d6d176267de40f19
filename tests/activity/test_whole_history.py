"""The whole real history through the command, on real connections: the figures its publisher gives."""

import gzip
import io
import json
import lzma
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from apps.activity.demo import history
from apps.activity.models import Activity
from apps.core import clock, invariants
from apps.core.money import format_fen
from apps.ledger import queries as ledger
from apps.ledger.models import Entry
from apps.members.models import Member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
NOW = datetime(2018, 6, 1, tzinfo=UTC)


@pytest.fixture
def files(tmp_path):
    """The published files again, out of the packed ones."""
    members, purchases = tmp_path / "members.csv", tmp_path / "purchases.csv.gz"
    members.write_bytes(lzma.decompress((history.DATA / "members.csv.xz").read_bytes()))
    with gzip.open(purchases, "wt", encoding="utf-8") as file:
        file.write("external_id,member_ref,store,occurred_at,category,quantity,amount\n")
        for basket in history.baskets():
            shared = f"{basket.number},CJ{basket.member},S{basket.store},{basket.at.isoformat()}"
            for category, quantity, fen in basket.lines:
                file.write(f"{shared},{category},{quantity},{format_fen(fen)}\n")
    return members, purchases


def run(command, *args, **options):
    out = io.StringIO()
    call_command(command, *args, "--json", stdout=out, stderr=io.StringIO(), **options)
    return json.loads(out.getvalue())


def test_the_whole_history_is_worth_what_it_is_said_to_be(files):
    members, purchases = map(str, files)
    with clock.moved_to(NOW):
        run("import_members", members)
        facts = run("import_purchases", purchases, channel="pos")
    assert (facts["read_rows"], facts["purchases"], facts["recorded"]) == (history.ROWS, 155_848, 155_848)
    assert (facts["points"], facts["rejected_rows"]) == (4_519_934, 0)
    assert (Member.objects.count(), Activity.objects.count()) == (2_469, 155_848)
    first = Member.objects.get(member_ref="CJ00001")
    mine = Activity.objects.filter(member=first)
    assert (mine.count(), sum(mine.values_list("amount_fen", flat=True))) == (51, 241_556)
    assert ledger.balance(first.pk) == sum(
        Entry.objects.filter(member=first).values_list("amount", flat=True)
    )
    assert invariants.check() == []
