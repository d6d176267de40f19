"""What must never break here, each as SQL returning the offending rows."""

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
    "T4": (_("A level reached for the first time is kept once for life"), T4),
    "G1": (_("Growth given is what its parts say"), G1),
}


def register() -> None:
    for code, (title, sql) in INVARIANTS.items():
        invariants.register(code, title, sql)
