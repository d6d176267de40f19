"""Statements prepared below the cursors: the same connection, transaction, errors and values."""

from datetime import UTC, date, datetime

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.core import roundtrip

pytestmark = pytest.mark.django_db
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_values_come_and_go_as_by_a_cursor():
    sql = "SELECT %s::bigint, %s::text, %s::timestamptz, %s::date, %s::bigint, %s::jsonb ->> 'a'"
    values = [
        2**62,
        '门店 "{}\\',
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        date(2026, 3, 1),
        None,
        '{"a": "积分"}',
    ]
    (row,) = roundtrip.fetch(sql, values)
    assert row == (*values[:5], "积分")
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.fetchall() == [row]


def test_it_sees_and_is_part_of_the_transaction():
    with transaction.atomic():
        run("CREATE TEMPORARY TABLE heap (n int) ON COMMIT DROP")
        assert roundtrip.fetch("INSERT INTO heap VALUES (%s) RETURNING n", [7]) == [(7,)]
        assert roundtrip.fetch("SELECT count(*) FROM heap WHERE n = %s", [7]) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_it_begins_the_transaction_it_is_first_in():
    insert = """INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
                VALUES (%s, '{}', now(), 0, '') RETURNING topic"""
    with transaction.atomic():
        assert roundtrip.fetch(insert, ["gone"]) == [("gone",)]
        transaction.set_rollback(True)
    assert roundtrip.fetch("SELECT count(*) FROM core_outboxevent WHERE topic = %s", ["gone"]) == [(0,)]


def test_errors_are_djangos_with_their_diagnosis():
    with pytest.raises(DataError) as error, transaction.atomic():
        roundtrip.fetch("SELECT 1 / %s::int", [0])
    assert error.value.__cause__.diag.sqlstate == "22012"
    assert roundtrip.fetch("SELECT %s::int", [1]) == [(1,)]


def test_a_statement_that_somebody_dropped_is_prepared_again_after_one_error():
    sql = "SELECT %s::int + 41"
    assert roundtrip.fetch(sql, [1]) == [(42,)]
    run("DEALLOCATE ALL")
    with pytest.raises(ProgrammingError), transaction.atomic():
        roundtrip.fetch(sql, [1])
    assert roundtrip.fetch(sql, [1]) == [(42,)]


def test_who_watches_the_cursors_sees_it(django_assert_num_queries):
    with django_assert_num_queries(1) as seen:
        roundtrip.fetch("SELECT %s::int", [5])
    assert "SELECT 5::int" in seen.captured_queries[0]["sql"]


@given(st.lists(st.none() | TEXT))
def test_texts_arrive_as_they_are(values):
    assert roundtrip.fetch("SELECT %s::text[]", [roundtrip.texts(values)]) == [(values,)]


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_numbers_arrive_as_they_are(values):
    assert roundtrip.fetch("SELECT %s::bigint[]", [roundtrip.numbers(values)]) == [(values,)]


def test_days_and_instants_arrive_as_they_are():
    days, instants = [date(2026, 1, 31), None], [datetime(2026, 1, 31, 8, 5, 1, 9, tzinfo=UTC)]
    sql = "SELECT %s::date[], %s::timestamptz[]"
    assert roundtrip.fetch(sql, [roundtrip.array(days), roundtrip.array(instants)]) == [(days, instants)]


def test_a_zero_character_is_refused_in_a_batch_too():
    with pytest.raises(DataError), transaction.atomic():
        roundtrip.fetch("SELECT %s::text[]", [roundtrip.texts(["a\0b", "c"])])


def test_json_keeps_large_numbers_and_refuses_what_is_none():
    assert roundtrip.jsonb({"n": 2**70}) == '{"n":1180591620717411303424}'
    assert roundtrip.jsonb({"门店": None}) == '{"门店":null}'
    with pytest.raises(DataError), transaction.atomic():
        roundtrip.fetch("SELECT %s::jsonb", [roundtrip.jsonb({"rate": float("nan")})])


def test_canonical_json_has_one_form_whoever_writes_it():
    assert roundtrip.canonical_json({"b": 1, "a": ["积", None]}) == '{"a":["积",null],"b":1}'.encode()
    assert roundtrip.canonical_json({"b": 2**70, "a": 1}) == b'{"a":1,"b":1180591620717411303424}'
