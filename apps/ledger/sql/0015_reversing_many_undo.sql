-- As they were: in plain SQL.

DROP FUNCTION ledger_waive_all;

CREATE OR REPLACE FUNCTION ledger_lapsed(p_credit bigint, p_day date) RETURNS bigint
LANGUAGE sql STABLE AS $$
  -- What of a credit was lost to expiry and no reversal has counted yet: booked expiries net of those taken
  -- back, and what overdue lots still hold because clearing has not come by.
  SELECT (coalesce((SELECT sum(al.amount)
             FROM ledger_lot l JOIN ledger_allocation al ON al.lot_id = l.id
             JOIN ledger_entry e ON e.id = al.entry_id LEFT JOIN ledger_entry o ON o.id = e.reverses_id
            WHERE l.entry_id = p_credit AND (e.kind = 'expire' OR o.kind = 'expire')), 0)
        + coalesce((SELECT sum(l.remaining) FROM ledger_lot l
            WHERE l.entry_id = p_credit AND l.is_open AND l.expires_on < p_day), 0)
        - coalesce((SELECT sum(r.lapsed) FROM ledger_reversal r WHERE r.original_id = p_credit), 0))::bigint
$$;

CREATE OR REPLACE FUNCTION ledger_revivable(p_expiry bigint, p_day date) RETURNS bigint
LANGUAGE sql STABLE AS $$
  -- What of an expiry can be taken back: not what a reversal of the credit already counted as lapsed.
  SELECT coalesce(sum(least(c.open_part, greatest(ledger_lapsed(c.entry_id, p_day), 0))), 0)::bigint FROM (
    SELECT l.entry_id, sum(al.amount) AS open_part
      FROM ledger_allocation al JOIN ledger_entry e ON e.id = al.entry_id JOIN ledger_lot l ON l.id = al.lot_id
     WHERE e.id = p_expiry OR e.reverses_id = p_expiry
     GROUP BY l.entry_id) c
$$;
