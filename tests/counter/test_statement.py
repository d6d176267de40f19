"""The statement: each row with its balance, store and staff, and each answers why."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.core import clock
from apps.counter import statements
from apps.ledger import services as ledger
from apps.ledger.models import Decline, Entry
from apps.ledger.services import Declined, Posting
from tests.counter.conftest import give, signed_in, sold, url
from tests.counter.test_refund import refunded


def why(client, member, entry):
    return client.get(reverse("counter:entry-why", args=[member.number, entry.pk])).context["answer"]


def rows(client, member, query=""):
    return client.get(url(member, "statement") + query).context["rows"]


def test_rows_are_newest_first_with_balance_store_and_staff(at_till, wang, clerk, store):
    sold(at_till, wang, "100")
    sold(at_till, wang, "50")
    shown = [
        (row.entry.kind, row.entry.amount, row.entry.balance_after, row.entry.store, row.entry.staff)
        for row in rows(at_till, wang)
    ]
    assert shown == [("award", 50, 150, store, clerk), ("award", 100, 100, store, clerk)]


def test_an_award_says_which_rule_gave_it_and_how_long_it_is_valid(at_till, wang):
    sold(at_till, wang, "128.50")
    answer = why(at_till, wang, Entry.objects.get())
    end = f"valid through {clock.now().year + 1}-12-31"
    assert answer.sentences == (
        "¥128.50 was paid in money.",
        f"“消费积分” (version 1): 1 point per ¥1.00 on ¥128.50, rounded down = 128 points; {end}",
    )
    assert answer.lots == (f"+128 points, {end}; 128 of them are left today.",)


def test_a_spend_says_what_it_paid_and_which_points_it_took(at_till, rich):
    sold(at_till, rich, "50", points="500")
    answer = why(at_till, rich, Entry.objects.get(kind="spend"))
    today = clock.business_day(clock.now()).isoformat()
    assert answer.sentences == ("500 points paid ¥5.00 of a bill of ¥50.00.",)
    assert answer.lots == (f"−500 of the points of {today}, without an end.",)


def test_a_reversal_says_what_it_takes_back_and_what_is_owed(at_till, wang):
    sold_id = sold(at_till, wang, "500")
    ledger.spend(member_id=wang.pk, amount=450, at=clock.now(), source="elsewhere")
    refunded(at_till, sold_id, "500")
    answer = why(at_till, wang, Entry.objects.get(kind="reverse"))
    assert answer.sentences[0].startswith("Takes back “")
    assert answer.sentences[0].endswith("(+500 points).")
    assert answer.sentences[1] == f"Reason: refund of the sale with receipt number {sold_id}."
    assert answer.sentences[2] == ("450 were spent already; they are owed and the next points settle them.")
    assert answer.lots[0].startswith("−50 of the points of ")


def test_points_that_come_back_say_where_to(at_till, rich):
    sold_id = sold(at_till, rich, "50", points="500")
    refunded(at_till, sold_id, "50")
    answer = why(at_till, rich, Entry.objects.get(kind="reverse", amount__gt=0))
    assert answer.lots[0].startswith("+500 back to the points of ")


def test_an_award_that_did_not_happen_is_a_row_with_its_reason(at_till, wang):
    sold(at_till, wang, "0.80")
    (row,) = rows(at_till, wang)
    assert row.entry is None
    page = at_till.get(reverse("counter:decline-why", args=[wang.number, row.decline.pk]))
    assert page.context["answer"].sentences == (
        "¥0.80 was paid in money.",
        "the amount is too small for a whole point",
        "“消费积分” gave nothing: the amount is too small for a whole point",
    )


def test_the_answer_is_a_part_for_the_page_and_a_page_by_itself(at_till, wang):
    give(wang, 5)
    address = reverse("counter:entry-why", args=[wang.number, Entry.objects.get().pk])
    assert b"<html" not in at_till.get(address, headers={"HX-Request": "true"}).content
    assert b"<html" in at_till.get(address).content


def test_entries_of_others_are_not_there(at_till, wang, ben, stranger):
    give(ben, 5)
    give(wang, 5)
    theirs = Entry.objects.get(member=ben)
    assert at_till.get(reverse("counter:entry-why", args=[wang.number, theirs.pk])).status_code == 404
    assert at_till.get(reverse("counter:decline-why", args=[wang.number, 1])).status_code == 404
    assert signed_in(stranger).get(url(wang, "statement")).status_code == 404


def test_nothing_yet_is_said(at_till, wang):
    assert "No entry yet" in at_till.get(url(wang, "statement")).content.decode()


def decline(member, number, at):
    ledger.decline([Declined(f"other:{number}", member.pk, at, "no_rule")])


@pytest.mark.parametrize(("entries", "declines"), [(65, 0), (0, 70), (65, 70), (31, 1), (3, 40)])
def test_page_by_page_every_row_is_seen_once(at_till, wang, entries, declines):
    start = clock.now() - timedelta(days=200)
    for n in range(max(entries, declines)):
        at = start + timedelta(hours=n)
        if n < entries:
            ledger.post([Posting(wang.pk, "award", 1, at)])
        if n < declines:
            decline(wang, n, at + timedelta(minutes=5))
    seen, query = [], ""
    for _page in range(20):
        page = at_till.get(url(wang, "statement") + query)
        seen += page.context["rows"]
        if not page.context["older"]:
            break
        query = f"?{page.context['older']}"
    assert sorted(row.entry.pk for row in seen if row.entry) == sorted(
        Entry.objects.values_list("pk", flat=True)
    )
    assert sorted(row.decline.pk for row in seen if row.decline) == sorted(
        Decline.objects.values_list("pk", flat=True)
    )
    assert len(seen) == entries + declines


@pytest.mark.parametrize(
    "query", ["?before=x", "?before=９", "?until=yesterday", "?before=99999999999999999999"]
)
def test_a_mistyped_address_begins_at_the_top(at_till, wang, query):
    give(wang, 5)
    assert len(rows(at_till, wang, query)) == 1


@pytest.mark.parametrize("count", [1, statements.ROWS])
def test_one_row_and_a_full_page_cost_the_same(at_till, wang, count, django_assert_max_num_queries):
    for _entry in range(count):
        give(wang, 5)
    with django_assert_max_num_queries(14):
        at_till.get(url(wang, "statement"))
