-- Taking back many entries in one call, each as ledger_reverse does; nobody is made to owe.
-- What a reversal asks of a credit is asked by functions whose plans are kept: planned anew for every call, as those in
-- plain SQL are, they were most of the work.

CREATE OR REPLACE FUNCTION ledger_lapsed(p_credit bigint, p_day date) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- What of a credit was lost to expiry and no reversal has counted yet: booked expiries net of those taken
  -- back, and what overdue lots still hold because clearing has not come by.
  RETURN (
  SELECT (coalesce((SELECT sum(al.amount)
             FROM ledger_lot l JOIN ledger_allocation al ON al.lot_id = l.id
             JOIN ledger_entry e ON e.id = al.entry_id LEFT JOIN ledger_entry o ON o.id = e.reverses_id
            WHERE l.entry_id = p_credit AND (e.kind = 'expire' OR o.kind = 'expire')), 0)
        + coalesce((SELECT sum(l.remaining) FROM ledger_lot l
            WHERE l.entry_id = p_credit AND l.is_open AND l.expires_on < p_day), 0)
        - coalesce((SELECT sum(r.lapsed) FROM ledger_reversal r WHERE r.original_id = p_credit), 0))::bigint
  );
END $$;

CREATE OR REPLACE FUNCTION ledger_revivable(p_expiry bigint, p_day date) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- What of an expiry can be taken back: not what a reversal of the credit already counted as lapsed.
  RETURN (
  SELECT coalesce(sum(least(c.open_part, greatest(ledger_lapsed(c.entry_id, p_day), 0))), 0)::bigint FROM (
    SELECT l.entry_id, sum(al.amount) AS open_part
      FROM ledger_allocation al JOIN ledger_entry e ON e.id = al.entry_id JOIN ledger_lot l ON l.id = al.lot_id
     WHERE e.id = p_expiry OR e.reverses_id = p_expiry
     GROUP BY l.entry_id) c
  );
END $$;

CREATE FUNCTION ledger_waive_all(
  p_originals bigint[], p_source_prefix text, p_at timestamptz, p_day date, p_grace int, p_explanation jsonb,
  p_staff bigint
) RETURNS TABLE (entries bigint, moved bigint, lapsed bigint, waived bigint)
LANGUAGE plpgsql AS $$
DECLARE
  original bigint;
  met record;
BEGIN
  entries := 0; moved := 0; lapsed := 0; waived := 0;
  FOREACH original IN ARRAY p_originals LOOP
    BEGIN
      SELECT * INTO met FROM ledger_reverse(original, NULL, p_source_prefix || original, p_at, p_day, false, p_grace,
                                            p_explanation, p_staff, NULL);
      entries := entries + 1;
      moved := moved + met.moved;
      lapsed := lapsed + met.lapsed;
      waived := waived + met.waived;
    EXCEPTION WHEN SQLSTATE 'LR003' THEN
      NULL;  -- taken back before, by a refund: not twice
    END;
  END LOOP;
  RETURN NEXT;
END $$;
