"""What must never break here, each as SQL returning the offending rows."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core import invariants

T1 = """
  SELECT s.programme_id, s.member_id, s.level_id, p.spells, p.level_id AS in_history
    FROM tiers_standing s
    FULL JOIN (SELECT programme_id, member_id, count(*) AS spells, max(level_id) AS level_id,
                      max(since) AS since FROM tiers_spell WHERE until IS NULL GROUP BY 1, 2) p
      ON p.programme_id = s.programme_id AND p.member_id = s.member_id
   WHERE s.id IS NULL OR p.spells IS DISTINCT FROM 1 OR p.level_id <> s.level_id OR p.since <> s.since
  UNION ALL
  SELECT r.programme_id, m.id, NULL, 0, NULL
    FROM (SELECT programme_id, max(created_at) AS planned FROM tiers_assessmentrun WHERE state = 'done'
           GROUP BY programme_id) r
    JOIN members_member m ON m.created_at < r.planned
   WHERE NOT EXISTS (SELECT 1 FROM tiers_standing s
          WHERE s.member_id = m.id AND s.programme_id = r.programme_id)"""

T2 = """
  SELECT programme_id, member_id, until, next_since FROM (
    SELECT programme_id, member_id, until,
           lead(since) OVER (PARTITION BY programme_id, member_id ORDER BY since) AS next_since
      FROM tiers_spell) h
   WHERE until IS DISTINCT FROM next_since"""

# Recomputed as the newest assessment judged, for members of whom nothing was told since; anniversaries aside.
T3 = """
  WITH run AS (
    SELECT DISTINCT ON (r.programme_id) r.programme_id, (r.plan->>'last_entry')::bigint AS told,
           v.definition AS d, x.id AS asset,
           r.as_of::timestamp AS local, r.as_of::timestamp AT TIME ZONE '{zone}' AS instant
      FROM tiers_assessmentrun r JOIN tiers_programmeversion v ON v.id = r.version_id
      JOIN tiers_programme g ON g.id = r.programme_id JOIN ledger_asset x ON x.code = 'growth:' || g.code
     WHERE r.state = 'done' AND v.definition->'window' <> '"anniversary"'
     ORDER BY r.programme_id, r.as_of DESC
  ), window_of AS (
    SELECT run.*, d->'window'->>'calendar' AS unit, coalesce(d->>'period_end', 'clear') AS act,
           coalesce(date_trunc(d->'window'->>'calendar', local) = local, true) AS may_fall,
           CASE WHEN d->'window' ? 'rolling_months'
                THEN (local - make_interval(months => (d->'window'->>'rolling_months')::int))
                     AT TIME ZONE '{zone}'
                WHEN d->'window' ? 'calendar' AND coalesce(d->>'period_end', 'clear') = 'clear'
                THEN date_trunc(d->'window'->>'calendar', local - interval '1 microsecond')
                     AT TIME ZONE '{zone}'
                ELSE '-infinity' END AS since
      FROM run
  ), ladder AS (
    SELECT w.programme_id, l.id AS level_id, e.n AS rank, (e.level->>'entry')::bigint AS entry,
           greatest((e.level->>'entry')::bigint, (e.level->>'re_entry')::bigint) AS entered,
           coalesce((e.level->>'keep')::bigint, (e.level->>'entry')::bigint) AS kept
      FROM window_of w CROSS JOIN jsonb_array_elements(w.d->'levels') WITH ORDINALITY AS e (level, n)
      JOIN tiers_level l ON l.programme_id = w.programme_id AND l.code = e.level->>'code'
  ), asked AS (
    SELECT w.programme_id, w.asset, w.since, w.instant, array_agg(s.member_id ORDER BY s.member_id) AS members
      FROM window_of w JOIN tiers_standing s ON s.programme_id = w.programme_id AND s.since <= w.instant
     GROUP BY 1, 2, 3, 4
  ), counted AS (
    SELECT a.programme_id, a.members[c.n] AS member_id, c.growth
      FROM asked a CROSS JOIN LATERAL tiers_growth(a.asset::smallint, a.members,
             array_fill(a.since, ARRAY[cardinality(a.members)]),
             array_fill(a.instant, ARRAY[cardinality(a.members)])) c
  )
  SELECT s.programme_id, s.member_id, s.level_id, s.earned_id, c.growth
    FROM counted c JOIN window_of w USING (programme_id)
    JOIN tiers_standing s ON s.programme_id = c.programme_id AND s.member_id = c.member_id
    JOIN ladder l ON l.programme_id = c.programme_id AND l.level_id = s.earned_id
   WHERE (EXISTS (SELECT 1 FROM ladder h WHERE h.programme_id = c.programme_id AND h.rank > l.rank
                     AND h.entered <= c.growth AND w.d->>'climb' = 'direct')
          OR (c.growth < l.kept AND w.d->>'downgrade' = 'recompute' AND w.may_fall AND s.falls_at IS NULL
              AND (s.protected_until IS NULL OR s.protected_until <= w.instant)
              AND s.since < w.instant))
     AND NOT EXISTS (SELECT 1 FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
                      WHERE a.asset_id = w.asset AND a.member_id = s.member_id
                        AND e.id > coalesce(w.told, 0))
  UNION ALL
  SELECT s.programme_id, s.member_id, s.level_id, s.earned_id, NULL FROM tiers_standing s
   WHERE s.level_id <> s.earned_id
     AND NOT EXISTS (SELECT 1 FROM tiers_entitlement t WHERE t.member_id = s.member_id
                        AND t.programme_id = s.programme_id AND t.level_id = s.level_id
                        AND t.settled_at IS NULL)"""

T4 = """
  SELECT p.member_id, p.level_id FROM tiers_spell p JOIN tiers_level l ON l.id = p.level_id
   WHERE p.explanation->>'act' = 'up'
     AND NOT EXISTS (SELECT 1 FROM tiers_levelreached r
                      WHERE r.member_id = p.member_id AND r.level_id = p.level_id)
  UNION ALL
  SELECT member_id, level_id FROM tiers_levelreached GROUP BY 1, 2 HAVING count(*) > 1"""

G1 = """
  SELECT e.id AS entry_id, e.member_id, e.source, e.amount, e.explanation
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    JOIN ledger_asset x ON x.id = a.asset_id JOIN tiers_programme g ON x.code = 'growth:' || g.code
   WHERE e.kind = 'award' AND e.amount <> (
     SELECT sum((part->>4)::bigint) FROM jsonb_array_elements(e.explanation->'growth'->'parts') part)"""

INVARIANTS = {
    "T1": (_("Every member has exactly one current tier per programme"), T1),
    "T2": (_("The history of tiers has no gap or overlap"), T2),
    "T3": (_("A tier is what the rules yield, or pinned with a date"), T3),
    "T4": (_("A level reached for the first time is kept once for life"), T4),
    "G1": (_("Growth given is what its parts say"), G1),
}


def register() -> None:
    for code, (title, sql) in INVARIANTS.items():
        invariants.register(code, title, sql.replace("{zone}", settings.TIME_ZONE))
