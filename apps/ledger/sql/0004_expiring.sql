-- Clearing: one entry per account and run, set-based over a range of accounts.

CREATE FUNCTION ledger_expire(
  p_asset smallint, p_as_of date, p_after bigint, p_upto bigint, p_limit int, p_at timestamptz, p_source text
) RETURNS TABLE (accounts bigint, lots bigint, points bigint, last_account bigint)
LANGUAGE plpgsql AS $$
DECLARE
  locked bigint[];
BEGIN
  -- The next accounts of the range that hold an overdue lot, locked in primary-key order. Another run may
  -- have cleared them while this one waited: then nothing is booked, and the range goes on after the last.
  SELECT array_agg(x.id) INTO locked FROM (
    SELECT a.id FROM ledger_account a
     WHERE a.asset_id = p_asset AND a.id > p_after AND a.id <= p_upto
       AND EXISTS (SELECT 1 FROM ledger_lot l
                    WHERE l.account_id = a.id AND l.is_open AND l.expires_on < p_as_of)
     ORDER BY a.id LIMIT p_limit FOR UPDATE) x;
  RETURN QUERY
  WITH due AS (
    SELECT l.id, l.account_id, l.remaining FROM ledger_lot l
     WHERE l.account_id = ANY (locked) AND l.is_open AND l.expires_on < p_as_of
  ), closed AS (
    UPDATE ledger_lot l SET remaining = 0, is_open = false FROM due WHERE l.id = due.id
    RETURNING due.id, due.account_id, due.remaining
  ), sums AS (
    SELECT c.account_id, sum(c.remaining)::bigint AS points, count(*) AS lots FROM closed c GROUP BY 1
  ), moved AS (
    UPDATE ledger_account a SET balance = a.balance - s.points FROM sums s WHERE a.id = s.account_id
    RETURNING a.id, a.member_id, a.balance, s.points, s.lots
  ), entered AS (
    INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, source, at, explanation)
    SELECT m.id, m.member_id, 'expire', -m.points, m.balance, p_source || m.id, p_at,
           jsonb_build_object('expired', jsonb_build_object('as_of', p_as_of, 'lots', m.lots))
      FROM moved m ORDER BY m.id
    RETURNING id, account_id
  ), allocated AS (
    INSERT INTO ledger_allocation (entry_id, lot_id, amount)
    SELECT e.id, c.id, c.remaining FROM closed c JOIN entered e USING (account_id)
  )
  SELECT count(*), coalesce(sum(m.lots), 0)::bigint, coalesce(sum(m.points), 0)::bigint,
         locked[array_upper(locked, 1)] FROM moved m;
END $$;
