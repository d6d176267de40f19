-- Moving the last day of lots, on the record. What was granted stays as it is.

CREATE FUNCTION ledger_extend(
  p_lot bigint[], p_was date[], p_now date[], p_at timestamptz, p_day date, p_source text, p_explanation jsonb,
  p_staff bigint
) RETURNS TABLE (lot_id bigint, points bigint)
LANGUAGE plpgsql AS $$
BEGIN
  -- One entry of zero per account, keyed by the source and the account. A lot that is closed, past its last
  -- day or has another last day by now is left alone, and not among the rows returned.
  PERFORM a.id FROM ledger_account a
   WHERE a.id IN (SELECT l.account_id FROM ledger_lot l WHERE l.id = ANY (p_lot)) ORDER BY a.id FOR UPDATE;
  RETURN QUERY
  WITH moving AS MATERIALIZED (
    SELECT l.id, l.account_id, l.remaining, w.was, w.now
      FROM unnest(p_lot, p_was, p_now) AS w (id, was, now) JOIN ledger_lot l ON l.id = w.id
     WHERE l.is_open AND l.expires_on = w.was AND l.expires_on >= p_day AND w.now <> w.was AND w.now >= p_day
  ), entered AS (
    INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, source, at, explanation, staff_id)
    SELECT a.id, a.member_id, 'extend', 0, a.balance, p_source || a.id, p_at, p_explanation, p_staff
      FROM ledger_account a WHERE a.id IN (SELECT m.account_id FROM moving m) ORDER BY a.id
    RETURNING id, account_id
  ), recorded AS (
    INSERT INTO ledger_extension (entry_id, lot_id, was, now)
    SELECT e.id, m.id, m.was, m.now FROM moving m JOIN entered e ON e.account_id = m.account_id
    RETURNING ledger_extension.lot_id, now
  ), moved AS (
    UPDATE ledger_lot l SET expires_on = r.now FROM recorded r WHERE l.id = r.lot_id RETURNING l.id
  )
  SELECT m.id, m.remaining FROM moving m;
END $$;

CREATE FUNCTION ledger_last_day_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Runs when the statement ends, so that the record may be written by the same statement.
  IF NOT EXISTS (SELECT 1 FROM ledger_extension x
                  WHERE x.lot_id = NEW.id AND x.was = OLD.expires_on AND x.now = NEW.expires_on) THEN
    RAISE EXCEPTION 'lot % can''t be valid through % instead of %: no extension says so', NEW.id, NEW.expires_on,
      OLD.expires_on USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_lot_last_day_recorded AFTER UPDATE OF expires_on ON ledger_lot
  FOR EACH ROW WHEN (OLD.expires_on IS DISTINCT FROM NEW.expires_on) EXECUTE FUNCTION ledger_last_day_recorded();
