"""One chunk of parsed rows merged into the members' tables: COPY to a staging table, then set-based SQL."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from apps.core.roundtrip import texts
from apps.members import numbers, rules
from apps.members.services.importing.parsing import CELLS, NULL, Parsed

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS members_import_stage (
    row int NOT NULL, member_ref text NOT NULL, name text, gender text, birthday date, is_child boolean,
    phone_hash bytea, phone_sealed bytea, phone_last4 text, joined_at timestamptz,
    store_id bigint, channel_id bigint, marketing boolean, guardian boolean, attributes jsonb,
    number text, member_id bigint NOT NULL, outcome text NOT NULL, fault text)
"""
COLUMNS = ", ".join(("outcome", "number", "member_id", "store_id", "channel_id", *CELLS))
COPY = f"COPY members_import_stage ({COLUMNS}) FROM STDIN"

KNOWN_REFS = "SELECT member_ref, id FROM members_member WHERE member_ref = ANY(%s::text[])"
SPARE = f"""
SELECT nextval('{numbers.SEQUENCE}'), nextval(ids.name) FROM generate_series(1, %s),
    (SELECT pg_get_serial_sequence('members_member', 'id')::regclass AS name OFFSET 0) ids
"""
BY_INDEX = "SET LOCAL jit = off; SET LOCAL random_page_cost = 1"  # a chunk is small beside the tables

CLOSED = """
UPDATE members_import_stage s SET fault = 'closed'
FROM members_member m WHERE m.id = s.member_id AND m.status = 'closed'
"""
KNOWN_CHILD = """
UPDATE members_import_stage s SET fault = 'guardian' FROM members_member m
WHERE s.fault IS NULL AND m.id = s.member_id AND s.is_child AND NOT coalesce(s.guardian, false)
  AND m.guardian_consented_at IS NULL
"""
NEW_CHILD = """
UPDATE members_import_stage SET fault = 'guardian'
WHERE outcome = 'created' AND is_child AND NOT coalesce(guardian, false)
"""
PHONE_TAKEN = """
UPDATE members_import_stage s SET fault = 'phone_taken' FROM members_member m
WHERE s.fault IS NULL AND m.phone_hash = s.phone_hash AND m.status <> 'closed'
  AND m.id <> s.member_id
"""
PHONE_TWICE = """
UPDATE members_import_stage s SET fault = 'phone_twice'
FROM (SELECT row, row_number() OVER (PARTITION BY phone_hash ORDER BY row) AS nth
      FROM members_import_stage WHERE phone_hash IS NOT NULL AND fault IS NULL) t
WHERE t.row = s.row AND t.nth > 1
"""
CHANGE = """
WITH changed AS (
    UPDATE members_member m SET
        name = coalesce(s.name, m.name), gender = coalesce(s.gender, m.gender),
        birthday = coalesce(s.birthday, m.birthday),
        phone_sealed = CASE WHEN s.phone_hash IS NULL OR s.phone_hash = m.phone_hash
                            THEN m.phone_sealed ELSE s.phone_sealed END,
        phone_hash = coalesce(s.phone_hash, m.phone_hash),
        phone_last4 = coalesce(s.phone_last4, m.phone_last4),
        joined_at = CASE WHEN (m.joined_at AT TIME ZONE %(zone)s)::date
                              = (s.joined_at AT TIME ZONE %(zone)s)::date
                         THEN m.joined_at ELSE coalesce(s.joined_at, m.joined_at) END,
        home_store_id = coalesce(s.store_id, m.home_store_id),
        channel_id = coalesce(s.channel_id, m.channel_id),
        guardian_consented_at = CASE WHEN s.guardian THEN coalesce(m.guardian_consented_at, %(at)s)
                                     ELSE m.guardian_consented_at END,
        attributes = m.attributes || s.attributes
    FROM members_import_stage s
    WHERE m.id = s.member_id AND s.fault IS NULL AND s.outcome <> 'created'
      AND (coalesce(s.name <> m.name, false) OR coalesce(s.gender <> m.gender, false)
        OR (s.birthday IS NOT NULL AND s.birthday IS DISTINCT FROM m.birthday)
        OR (s.phone_hash IS NOT NULL AND s.phone_hash IS DISTINCT FROM m.phone_hash)
        OR (s.joined_at IS NOT NULL AND (s.joined_at AT TIME ZONE %(zone)s)::date
            <> (m.joined_at AT TIME ZONE %(zone)s)::date)
        OR (s.store_id IS NOT NULL AND s.store_id IS DISTINCT FROM m.home_store_id)
        OR (s.channel_id IS NOT NULL AND s.channel_id IS DISTINCT FROM m.channel_id)
        OR (s.guardian AND m.guardian_consented_at IS NULL)
        OR NOT m.attributes @> s.attributes)
    RETURNING m.id)
UPDATE members_import_stage s SET outcome = 'updated' FROM changed WHERE changed.id = s.member_id
"""
CREATE = """
INSERT INTO members_member (id, number, member_ref, status, name, gender, birthday, phone_sealed, phone_hash,
    phone_last4, guardian_consented_at, home_store_id, channel_id, joined_at, created_at, attributes)
SELECT member_id, number, member_ref, 'active', coalesce(name, ''), coalesce(gender, ''), birthday,
    phone_sealed, phone_hash, coalesce(phone_last4, ''), CASE WHEN guardian THEN %(at)s::timestamptz END,
    store_id, channel_id, coalesce(joined_at, %(at)s), %(at)s, attributes
FROM members_import_stage WHERE outcome = 'created' AND fault IS NULL
"""
LINK_NEW = """
INSERT INTO members_storelink (member_id, store_id, how, at)
SELECT member_id, store_id, 'home', %(at)s FROM members_import_stage
WHERE outcome = 'created' AND fault IS NULL AND store_id IS NOT NULL
"""
LINK_CHANGED = """
INSERT INTO members_storelink (member_id, store_id, how, at)
SELECT member_id, store_id, 'home', %(at)s FROM members_import_stage
WHERE outcome = 'updated' AND store_id IS NOT NULL ORDER BY row
ON CONFLICT DO NOTHING
"""
MARKETING_NEW = """
INSERT INTO members_consentevent (member_id, purpose, is_given, policy_version, at, source)
SELECT member_id, 'marketing', marketing, %(policy)s, %(at)s, %(source)s FROM members_import_stage
WHERE outcome = 'created' AND fault IS NULL AND marketing IS NOT NULL
"""
MARKETING = """
WITH told AS (
    INSERT INTO members_consentevent (member_id, purpose, is_given, policy_version, at, source)
    SELECT s.member_id, 'marketing', s.marketing, %(policy)s, %(at)s, %(source)s
    FROM members_import_stage s LEFT JOIN LATERAL (
        SELECT c.is_given FROM members_consentevent c
        WHERE c.member_id = s.member_id AND c.purpose = 'marketing'
        ORDER BY c.id DESC LIMIT 1) said ON true
    WHERE s.fault IS NULL AND s.outcome <> 'created' AND s.marketing IS NOT NULL
      AND said.is_given IS DISTINCT FROM s.marketing
    ORDER BY s.row RETURNING member_id)
UPDATE members_import_stage s SET outcome = 'updated'
FROM told WHERE told.member_id = s.member_id AND s.outcome = 'unchanged'
"""
GUARDIAN = """
INSERT INTO members_consentevent (member_id, purpose, is_given, policy_version, at, source)
SELECT s.member_id, 'guardian', true, %(policy)s, %(at)s, %(source)s FROM members_import_stage s
JOIN members_member m ON m.id = s.member_id AND m.guardian_consented_at = %(at)s
WHERE s.fault IS NULL AND s.guardian AND s.outcome <> 'unchanged'
"""
STEPS = (
    CLOSED,
    KNOWN_CHILD,
    NEW_CHILD,
    PHONE_TAKEN,
    PHONE_TWICE,
    CHANGE,
    CREATE,
    LINK_NEW,
    LINK_CHANGED,
    MARKETING_NEW,
    MARKETING,
    GUARDIAN,
)
OUTCOMES = "SELECT outcome, count(*) FROM members_import_stage WHERE fault IS NULL GROUP BY outcome"
FAULTS = "SELECT row, fault FROM members_import_stage WHERE fault IS NOT NULL ORDER BY row"


@dataclass(frozen=True)
class Merged:
    """What became of a chunk: how many rows by outcome, and the fault of each refused row."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Places:
    """Ids of the store and channel codes a chunk names."""

    stores: dict[str, int]
    channels: dict[str, int]


def stage(chunk: Sequence[Parsed], places: Places) -> None:
    """Put a chunk into the staging table: known members by their id, new ones with id and number."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.execute("TRUNCATE members_import_stage")
        cursor.execute(KNOWN_REFS, [texts(parsed.member_ref for parsed in chunk)])
        known = dict(cursor.fetchall())
        lines = _lines(chunk, places, known, _spare(cursor, len(chunk) - len(known)))
        with cursor.copy(COPY) as copy:
            copy.write("".join(lines))


def merge(*, zone: str, source: str, at: datetime) -> Merged:
    """Merge the staged chunk within the same transaction.

    Raises IntegrityError when another transaction enrolled one of its phones meanwhile.
    """
    facts = {"zone": zone, "at": at, "policy": rules.POLICY_VERSION, "source": source}
    with connection.cursor() as cursor:
        cursor.execute(BY_INDEX)
        for step in STEPS:
            cursor.execute(step, facts)
        cursor.execute(OUTCOMES)
        outcomes = Counter(dict(cursor.fetchall()))
        cursor.execute(FAULTS)
        return Merged(outcomes, tuple(cursor.fetchall()))


def _lines(
    chunk: Sequence[Parsed], places: Places, known: dict[str, int], spare: Iterator[str]
) -> Iterator[str]:
    stores, channels = {None: NULL, **places.stores}, {None: NULL, **places.channels}
    for p in chunk:
        member_id = known.get(p.member_ref)
        who = f"unchanged\t{NULL}\t{member_id}" if member_id else next(spare)
        yield f"{who}\t{stores[p.store]}\t{channels[p.channel]}\t{p.cells}\n"


def _spare(cursor, count: int) -> Iterator[str]:
    """Outcome, number and id of so many members to be created, as COPY takes them."""
    cursor.execute(SPARE, [count])
    return (f"created\t{numbers.number_of(serial)}\t{pk}" for serial, pk in cursor.fetchall())
