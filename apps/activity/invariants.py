"""What must never break here, each as SQL returning the offending rows."""

from django.utils.translation import gettext_lazy as _

L7 = """
  WITH outcomes AS (
    SELECT a.id, a.kind, a.external_id,
           (SELECT count(*) FROM ledger_entry e WHERE e.source = k.own)
           + (SELECT count(*) FROM ledger_decline d WHERE d.source = k.own) AS direct,
           (SELECT count(*) FROM ledger_entry o
              JOIN ledger_entry e ON e.source = 'refund:' || a.id || ':' || o.id
             WHERE o.source IN (k.award, k.spend)) AS taken
      FROM activity_activity a CROSS JOIN LATERAL (
        SELECT 'activity:' || a.id || ':points' AS own, 'activity:' || a.refund_of_id || ':points' AS award,
               'spend:' || a.refund_of_id AS spend) k)
  SELECT id AS activity_id, kind, external_id, direct, taken FROM outcomes
   WHERE CASE WHEN kind <> 'refund' OR taken = 0 THEN direct <> 1 OR taken <> 0 ELSE direct <> 0 END"""

F1 = """
  SELECT a.id AS activity_id, a.amount_fen, sum(l.amount_fen) AS lines
    FROM activity_activity a JOIN activity_line l ON l.activity_id = a.id
   GROUP BY a.id HAVING a.amount_fen <> sum(l.amount_fen)"""

F2 = """
  SELECT l.id AS line_id, l.quantity, l.amount_fen, sum(r.quantity) AS returned,
         sum(r.amount_fen) AS returned_fen
    FROM activity_line l JOIN activity_line r ON r.refunds_line_id = l.id
   GROUP BY l.id
  HAVING sum(r.quantity) > greatest(l.quantity, 1) OR sum(r.amount_fen) > l.amount_fen"""

F3 = """
  SELECT r.id AS activity_id, r.refund_of_id, r.member_id
    FROM activity_activity r JOIN activity_activity a ON a.id = r.refund_of_id
   WHERE r.kind = 'refund' AND (a.kind <> 'purchase' OR a.member_id <> r.member_id)"""

F4 = """
  SELECT a.id AS activity_id, a.points_spent, coalesce(-e.amount, 0) AS spent
    FROM activity_activity a LEFT JOIN ledger_entry e ON e.source = 'spend:' || a.id
   WHERE a.kind = 'purchase' AND (a.points_spent > 0 OR e.id IS NOT NULL)
     AND a.points_spent <> coalesce(-e.amount, 0)"""

F5 = """
  SELECT q.id AS quote_id, q.state, h.state AS hold
    FROM activity_quote q LEFT JOIN ledger_hold h ON h.id = q.hold_id
   WHERE (q.state = 'sold') <> (q.activity_id IS NOT NULL)
      OR (q.points > 0) <> (q.hold_id IS NOT NULL)
      OR (q.state = 'sold' AND h.state <> 'captured')
      OR (q.state = 'cancelled' AND h.state <> 'released')"""

F6 = """
  SELECT coalesce(s.member_id, t.member_id) AS member_id, s.purchases, t.purchases AS counted, s.spent_fen,
         t.spent_fen AS summed
    FROM activity_membersummary s
    FULL JOIN (SELECT a.member_id, count(*) FILTER (WHERE a.kind = 'purchase') AS purchases,
                      sum(CASE a.kind WHEN 'purchase' THEN a.amount_fen - a.discount_fen
                                      ELSE a.discount_fen - a.amount_fen END) AS spent_fen
                 FROM activity_activity a WHERE a.kind IN ('purchase', 'refund') GROUP BY 1) t
      ON t.member_id = s.member_id
   WHERE (s.purchases, s.spent_fen) IS DISTINCT FROM (t.purchases, t.spent_fen)
     AND NOT EXISTS (
       SELECT 1 FROM core_outboxevent o WHERE o.topic = 'activity.recorded' AND o.done_at IS NULL)"""

F7 = """
  SELECT q.id AS quote_id, q.state, q.balance_fen, y.principal_fen, y.gift_fen, y.sale_id
    FROM activity_quote q LEFT JOIN wallet_payment y ON y.id = q.id
   WHERE (q.balance_fen > 0 OR y.id IS NOT NULL)
     AND (q.balance_fen IS DISTINCT FROM y.principal_fen + y.gift_fen OR q.activity_id IS DISTINCT FROM
          y.sale_id OR (q.state = 'cancelled' AND EXISTS (
                SELECT 1 FROM ledger_hold h WHERE h.id IN (y.principal_hold_id, y.gift_hold_id)
                   AND h.state <> 'released')))"""

F8 = """
  SELECT a.id AS activity_id, a.attributes->>'balance_fen' AS balance_fen, r.id AS return_id
    FROM activity_activity a LEFT JOIN wallet_return r ON r.refund_id = a.id
   WHERE a.kind = 'refund'
     AND (a.attributes->>'balance_fen')::bigint IS DISTINCT FROM r.principal_fen + r.gift_fen"""

INVARIANTS = {
    "L7": (_("Every accepted fact has exactly one outcome"), L7),
    "F1": (_("A fact's amount is the sum of its lines"), F1),
    "F2": (_("No line is refunded beyond what was bought"), F2),
    "F3": (_("A refund belongs to a purchase of the same member"), F3),
    "F4": (_("Points spent on a purchase were taken once"), F4),
    "F5": (_("A quote and its hold end together"), F5),
    "F7": (_("A quote and its payment from the balance end together"), F7),
    "F8": (_("A refund gave back to the balance what it says"), F8),
    "F6": (_("Members' summaries agree with their purchases"), F6),
}
