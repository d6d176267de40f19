import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.urls import reverse
from django.utils import translation

from apps.core import audit
from apps.core.audit import Actor
from apps.core.models import AuditEntry
from tests.factories import OPENING

pytestmark = pytest.mark.django_db
LOG = "admin:core_auditentry_changelist"


def write(number: int, **more) -> None:
    act = {"actor": Actor(name=f"boss {number}"), "at": OPENING, "subject": ("store", number), **more}
    audit.record("stores.create_store", data={"code": f"S{number}", "name": ""}, **act)


def test_an_act_nobody_registered_is_refused():
    with pytest.raises(KeyError, match="not registered"):
        audit.record("stores.fly", actor=Actor("x"), subject=("store", 1), at=OPENING)
    assert not AuditEntry.objects.exists()


def test_a_row_is_told_in_words_even_when_something_is_missing():
    entry = AuditEntry(code="stores.assign_role", data={"username": "lin", "role": "clerk"})
    with translation.override("en"):
        assert audit.sentence(entry) == "Made lin Store clerk, was –"
        assert audit.title("stores.assign_role") == "Made … …, was …"


def test_a_code_of_an_app_that_is_gone_is_still_shown():
    assert audit.sentence(AuditEntry(code="gone.act", data={})) == "gone.act"


@pytest.mark.parametrize(
    "sql",
    ["UPDATE core_auditentry SET code = 'x'", "DELETE FROM core_auditentry", "TRUNCATE core_auditentry"],
)
def test_the_database_itself_refuses_to_rewrite_the_log(sql):
    write(1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.allow_truncate = 'off'")
    refusal = pytest.raises((IntegrityError, InternalError), match="kept for ever")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEntry.objects.get().code == "stores.create_store"


def test_the_log_is_read_by_pages_of_fifty_in_both_directions(client, auditor):
    for number in range(120):
        write(number)
    client.force_login(auditor)

    def read(way: str = "") -> tuple[list[int], dict]:
        context = client.get(reverse(LOG) + way).context
        return [int(row["entry"].subject_id) for row in context["rows"]], context["ways"]

    first, ways = read()
    assert (first, set(ways)) == (list(range(119, 69, -1)), {"older"})
    second, ways = read(ways["older"])
    assert (second, set(ways)) == (list(range(69, 19, -1)), {"newer", "older"})
    third, third_ways = read(ways["older"])
    assert (third, set(third_ways)) == (list(range(19, -1, -1)), {"newer"})
    assert read(third_ways["newer"])[0] == second
    again, ways = read(ways["newer"])
    assert (again, set(ways)) == (first, {"older"})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"code": "stores.create_store"}, [2, 1]),
        ({"code": "stores.assign_role"}, []),
        ({"actor": "BOSS 1"}, [1]),
        ({"subject": "2"}, [2]),
        ({"since": "2025-03-01", "until": "2025-03-01"}, [2, 1]),
        ({"since": "2025-03-02"}, []),
        ({"until": "2025-02-28"}, []),
        ({"before": "１２"}, [2, 1]),
    ],
)
def test_the_log_is_searched_by_day_act_person_and_subject(client, auditor, query, found):
    write(1)
    write(2)
    client.force_login(auditor)
    rows = client.get(reverse(LOG), query).context["rows"]
    assert [int(row["entry"].subject_id) for row in rows] == found


def test_a_query_that_is_no_date_is_answered_beside_the_field(client, auditor):
    client.force_login(auditor)
    page = client.get(reverse(LOG), {"since": "yesterday-ish"})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["since"]


def test_a_row_has_a_page_with_all_its_particulars(client, auditor):
    write(1)
    client.force_login(auditor)
    page = client.get(reverse("admin:core_auditentry_change", args=[AuditEntry.objects.get().pk]))
    assert page.status_code == 200
    assert "boss 1" in page.text
    assert "S1" in page.text


def test_the_log_costs_the_same_for_one_row_and_for_thirty(client, auditor, django_assert_num_queries):
    client.force_login(auditor)
    write(0)
    client.get(reverse(LOG))
    with django_assert_num_queries(5):
        client.get(reverse(LOG))
    for number in range(1, 31):
        write(number)
    with django_assert_num_queries(5):
        client.get(reverse(LOG))
