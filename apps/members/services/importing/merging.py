"""One chunk of parsed rows merged into the members' tables: COPY to a staging table, then set-based SQL."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from apps.members import numbers, rules
from apps.members.services.importing.parsing import CELLS, NULL, Parsed

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS members_import_stage (
    row int NOT NULL, member_ref text NOT NULL, name text, gender text, birthday date, is_child boolean,
    phone_hash bytea, phone_sealed bytea, phone_last4 text, joined_at timestamptz,
    store_id bigint, channel_id bigint, marketing boolean, guardian boolean, attributes jsonb,
    number text, member_id bigint, outcome text NOT NULL DEFAULT 'unchanged', fault text)
"""
COPY = f"COPY members_import_stage (number, store_id, channel_id, {', '.join(CELLS)}) FROM STDIN"

MATCH = """
UPDATE members_import_stage s SET member_id = m.id,
    fault = CASE WHEN m.status = 'closed' THEN 'closed'
                 WHEN s.is_child AND NOT coalesce(s.guardian, false) AND m.guardian_consented_at IS NULL
                 THEN 'guardian' END
FROM members_member m WHERE m.member_ref = s.member_ref
"""
NEW_CHILD = """
UPDATE members_import_stage SET fault = 'guardian'
WHERE member_id IS NULL AND is_child AND NOT coalesce(guardian, false)
"""
PHONE_TAKEN = """
UPDATE members_import_stage s SET fault = 'phone_taken' FROM members_member m
WHERE s.fault IS NULL AND m.phone_hash = s.phone_hash AND m.status <> 'closed'
  AND m.id IS DISTINCT FROM s.member_id
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
    WHERE m.id = s.member_id AND s.fault IS NULL
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
WITH made AS (
    INSERT INTO members_member (number, member_ref, status, name, gender, birthday, phone_sealed, phone_hash,
        phone_last4, guardian_consented_at, home_store_id, channel_id, joined_at, created_at, attributes)
    SELECT number, member_ref, 'active', coalesce(name, ''), coalesce(gender, ''), birthday, phone_sealed,
        phone_hash, coalesce(phone_last4, ''), CASE WHEN guardian THEN %(at)s::timestamptz END, store_id,
        channel_id, coalesce(joined_at, %(at)s), %(at)s, attributes
    FROM members_import_stage WHERE member_id IS NULL AND fault IS NULL ORDER BY row
    RETURNING id, member_ref)
UPDATE members_import_stage s SET member_id = made.id, outcome = 'created'
FROM made WHERE made.member_ref = s.member_ref
"""
LINK_NEW = """
INSERT INTO members_storelink (member_id, store_id, how, at)
SELECT member_id, store_id, 'home', %(at)s FROM members_import_stage
WHERE outcome = 'created' AND store_id IS NOT NULL ORDER BY row
"""
LINK_CHANGED = """
INSERT INTO members_storelink (member_id, store_id, how, at)
SELECT member_id, store_id, 'home', %(at)s FROM members_import_stage
WHERE outcome = 'updated' AND store_id IS NOT NULL ORDER BY row
ON CONFLICT DO NOTHING
"""
MARKETING = """
WITH told AS (
    INSERT INTO members_consentevent (member_id, purpose, is_given, policy_version, at, source)
    SELECT s.member_id, 'marketing', s.marketing, %(policy)s, %(at)s, %(source)s
    FROM members_import_stage s LEFT JOIN LATERAL (
        SELECT c.is_given FROM members_consentevent c
        WHERE c.member_id = s.member_id AND c.purpose = 'marketing' AND s.outcome <> 'created'
        ORDER BY c.id DESC LIMIT 1) said ON true
    WHERE s.fault IS NULL AND s.marketing IS NOT NULL AND said.is_given IS DISTINCT FROM s.marketing
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
    MATCH,
    NEW_CHILD,
    PHONE_TAKEN,
    PHONE_TWICE,
    CHANGE,
    CREATE,
    LINK_NEW,
    LINK_CHANGED,
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


def merge(chunk: Sequence[Parsed], places: Places, *, zone: str, source: str, at: datetime) -> Merged:
    """Merge a chunk within the caller's transaction.

    Raises IntegrityError when another transaction enrolled one of its phones meanwhile.
    """
    facts = {"zone": zone, "at": at, "policy": rules.POLICY_VERSION, "source": source}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(STAGE)
        cursor.execute("TRUNCATE members_import_stage")
        _stage(cursor, chunk, places)
        for step in STEPS:
            cursor.execute(step, facts)
        cursor.execute(OUTCOMES)
        outcomes = Counter(dict(cursor.fetchall()))
        cursor.execute(FAULTS)
        return Merged(outcomes, tuple(cursor.fetchall()))


def _stage(cursor, chunk: Sequence[Parsed], places: Places) -> None:
    cursor.execute(
        "SELECT member_ref FROM members_member WHERE member_ref = ANY(%s)",
        [[parsed.member_ref for parsed in chunk]],
    )
    known = {ref for (ref,) in cursor.fetchall()}
    spare = iter(numbers.new_numbers(len(chunk) - len(known)))
    stores, channels = {None: NULL, **places.stores}, {None: NULL, **places.channels}
    lines = []
    for p in chunk:
        number = NULL if p.member_ref in known else next(spare)
        lines.append(f"{number}\t{stores[p.store]}\t{channels[p.channel]}\t{p.cells}\n")
    with cursor.copy(COPY) as copy:
        copy.write("".join(lines))
