-- The only code that writes value. Every function locks the account first, then touches its lots, so that
-- all work on one account is serial and lots need no lock of their own. Refusals carry an SQLSTATE of
-- class LR and their facts as JSON in DETAIL; apps/ledger/services words them.
--   LR001 not enough   LR002 lots do not add up   LR003 nothing left to reverse   LR004 hold has ended
--   LR005 unknown row   LR006 unknown member   LR007 the source key acted before

CREATE FUNCTION ledger_spendable(p_account bigint, p_day date) RETURNS bigint
LANGUAGE sql STABLE AS $$
  -- What lots still valid and already available on the day hold, before holds are subtracted.
  SELECT coalesce(sum(remaining), 0)::bigint FROM ledger_lot
   WHERE account_id = p_account AND is_open
     AND (expires_on IS NULL OR expires_on >= p_day)
     AND (available_on IS NULL OR available_on <= p_day)
$$;

CREATE FUNCTION ledger_refuse_repeat(p_source text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- Before any other refusal: one who asks again must hear that it was done, not that it can't be done now.
  IF EXISTS (SELECT 1 FROM ledger_entry WHERE source = p_source) THEN
    RAISE EXCEPTION 'already posted' USING ERRCODE = 'LR007', DETAIL = json_build_object('source', p_source)::text;
  END IF;
END $$;

CREATE FUNCTION ledger_refuse(p_needed bigint, p_usable bigint, p_reserved bigint, p_source text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_refuse_repeat(p_source);
  RAISE EXCEPTION 'not enough' USING ERRCODE = 'LR001', DETAIL = json_build_object(
    'needed', p_needed, 'held', greatest(p_usable - p_reserved, 0), 'reserved', p_reserved)::text;
END $$;

CREATE FUNCTION ledger_lock_all(p_member bigint[], p_asset smallint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- Creates the missing accounts of known members and locks all of them in primary-key order.
  INSERT INTO ledger_account (member_id, asset_id, balance, held, owed)
  SELECT w.m, w.a, 0, 0, 0
    FROM (SELECT DISTINCT u.m, u.a FROM unnest(p_member, p_asset) AS u (m, a)) w
   WHERE NOT EXISTS (SELECT 1 FROM ledger_account x WHERE x.member_id = w.m AND x.asset_id = w.a)
     AND EXISTS (SELECT 1 FROM members_member m WHERE m.id = w.m)
   ORDER BY w.m, w.a
  ON CONFLICT (member_id, asset_id) DO NOTHING;
  PERFORM a.id FROM ledger_account a
   WHERE (a.member_id, a.asset_id) IN (SELECT u.m, u.a FROM unnest(p_member, p_asset) AS u (m, a))
   ORDER BY a.id FOR UPDATE;
END $$;

CREATE FUNCTION ledger_lock(p_member bigint[], p_asset smallint)
RETURNS TABLE (member_id bigint, id bigint, balance bigint, held bigint, owed bigint)
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_account AS n (member_id, asset_id, balance, held, owed)
  SELECT u.m, p_asset, 0, 0, 0 FROM unnest(p_member) AS u (m)
   WHERE NOT EXISTS (SELECT 1 FROM ledger_account x WHERE x.member_id = u.m AND x.asset_id = p_asset)
     AND EXISTS (SELECT 1 FROM members_member m WHERE m.id = u.m)
   ORDER BY u.m
  ON CONFLICT ON CONSTRAINT ledger_account_once DO NOTHING;
  RETURN QUERY SELECT a.member_id, a.id, a.balance, a.held, a.owed FROM ledger_account a
   WHERE a.member_id = ANY (p_member) AND a.asset_id = p_asset ORDER BY a.id FOR UPDATE;
END $$;

CREATE FUNCTION ledger_enter(
  p_account bigint, p_member bigint, p_kind text, p_amount bigint, p_balance bigint, p_source text,
  p_at timestamptz, p_explanation jsonb, p_staff bigint, p_store bigint, p_reverses bigint
) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO ledger_entry (account_id, member_id, kind, amount, balance_after, source, at, explanation,
                            staff_id, store_id, reverses_id)
  VALUES (p_account, p_member, p_kind, p_amount, p_balance, p_source, p_at, p_explanation,
          p_staff, p_store, p_reverses)
  RETURNING id
$$;

CREATE FUNCTION ledger_take(p_account bigint, p_entry bigint, p_need bigint, p_day date) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  part bigint;
  missing bigint := p_need;
BEGIN
  -- Takes from usable lots, soonest-expiring first; returns what could not be taken.
  FOR lot IN
    SELECT l.id, l.remaining FROM ledger_lot l
     WHERE l.account_id = p_account AND l.is_open
       AND (l.expires_on IS NULL OR l.expires_on >= p_day)
       AND (l.available_on IS NULL OR l.available_on <= p_day)
     ORDER BY l.expires_on, l.id
  LOOP
    EXIT WHEN missing = 0;
    part := least(lot.remaining, missing);
    UPDATE ledger_lot SET remaining = remaining - part, is_open = remaining > part WHERE id = lot.id;
    INSERT INTO ledger_allocation (entry_id, lot_id, amount) VALUES (p_entry, lot.id, part);
    missing := missing - part;
  END LOOP;
  RETURN missing;
END $$;

CREATE FUNCTION ledger_settle(p_account bigint, p_at timestamptz, p_day date) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  acc ledger_account%ROWTYPE;
  lot record;
  entry bigint;
  part bigint;
  missing bigint;
BEGIN
  -- What is owed is met from any lot not past its last day; returns how much was met.
  SELECT * INTO acc FROM ledger_account WHERE id = p_account FOR UPDATE;
  missing := acc.owed;
  FOR lot IN
    SELECT l.id, l.remaining FROM ledger_lot l
     WHERE l.account_id = p_account AND l.is_open AND (l.expires_on IS NULL OR l.expires_on >= p_day)
     ORDER BY l.expires_on, l.id
  LOOP
    EXIT WHEN missing = 0;
    IF entry IS NULL THEN
      entry := ledger_enter(acc.id, acc.member_id, 'settle', 0, acc.balance, NULL, p_at, '{}', NULL, NULL, NULL);
    END IF;
    part := least(lot.remaining, missing);
    UPDATE ledger_lot SET remaining = remaining - part, is_open = remaining > part WHERE id = lot.id;
    INSERT INTO ledger_allocation (entry_id, lot_id, amount) VALUES (entry, lot.id, part);
    missing := missing - part;
  END LOOP;
  UPDATE ledger_account SET owed = missing WHERE id = p_account AND owed <> missing;
  RETURN acc.owed - missing;
END $$;

CREATE FUNCTION ledger_post_one(
  p_member bigint, p_asset smallint, p_kind text, p_amount bigint, p_source text, p_at timestamptz, p_day date,
  p_explanation jsonb, p_staff bigint, p_store bigint,
  l_amount bigint[], l_available date[], l_expires date[],
  OUT entry_id bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
  acc ledger_account%ROWTYPE;
  granted bigint := 0;
  missing bigint;
BEGIN
  IF p_amount < 0 THEN
    SELECT * INTO acc FROM ledger_account a WHERE a.member_id = p_member AND a.asset_id = p_asset FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM ledger_refuse(-p_amount, 0, 0, p_source);
    END IF;
    IF acc.held > 0 AND ledger_spendable(acc.id, p_day) - acc.held < -p_amount THEN
      PERFORM ledger_refuse(-p_amount, ledger_spendable(acc.id, p_day), acc.held, p_source);
    END IF;
    acc.balance := acc.balance + p_amount;
  ELSE
    UPDATE ledger_account a SET balance = a.balance + p_amount
     WHERE a.member_id = p_member AND a.asset_id = p_asset RETURNING * INTO acc;
    IF NOT FOUND THEN
      INSERT INTO ledger_account (member_id, asset_id, balance, held, owed)
      SELECT m.id, p_asset, p_amount, 0, 0 FROM members_member m WHERE m.id = p_member
      ON CONFLICT (member_id, asset_id) DO UPDATE SET balance = ledger_account.balance + excluded.balance
      RETURNING * INTO acc;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no such member' USING ERRCODE = 'LR006',
          DETAIL = json_build_object('member_id', p_member)::text;
      END IF;
    END IF;
  END IF;

  INSERT INTO ledger_entry AS e (account_id, member_id, kind, amount, balance_after, source, at, explanation,
                                 staff_id, store_id)
  VALUES (acc.id, p_member, p_kind, p_amount, acc.balance, p_source, p_at, p_explanation, p_staff, p_store)
  RETURNING e.id INTO entry_id;

  IF p_amount < 0 THEN
    missing := ledger_take(acc.id, entry_id, -p_amount, p_day);
    IF missing > 0 THEN
      PERFORM ledger_refuse(-p_amount, -p_amount - missing, acc.held, NULL);
    END IF;
    UPDATE ledger_account SET balance = acc.balance WHERE id = acc.id;
  ELSE
    FOR j IN 1 .. coalesce(array_length(l_amount, 1), 0) LOOP
      INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, available_on, expires_on, is_open)
      VALUES (acc.id, p_member, ledger_post_one.entry_id, l_amount[j], l_amount[j], l_available[j], l_expires[j],
              true);
      granted := granted + l_amount[j];
    END LOOP;
    IF granted <> p_amount THEN
      RAISE EXCEPTION 'lots do not add up' USING ERRCODE = 'LR002', DETAIL = json_build_object(
        'amount', p_amount, 'granted', granted)::text;
    END IF;
    IF acc.owed > 0 THEN
      PERFORM ledger_settle(acc.id, p_at, p_day);
    END IF;
  END IF;
  balance_after := acc.balance;
END $$;

CREATE FUNCTION ledger_post(
  p_member bigint[], p_asset smallint[], p_kind text[], p_amount bigint[], p_source text[],
  p_at timestamptz[], p_day date[], p_explanation jsonb[], p_staff bigint[], p_store bigint[],
  l_item int[], l_amount bigint[], l_available date[], l_expires date[]
) RETURNS TABLE (entry_id bigint, balance_after bigint)
LANGUAGE plpgsql AS $$
DECLARE
  lots int := coalesce(array_length(l_item, 1), 0);
  first int := 1;
  last int;
BEGIN
  -- Any number of postings in their order; the lots of posting i are those with l_item = i, in order. A slice
  -- copies the whole array, so the usual single lot goes without.
  PERFORM ledger_lock_all(p_member, p_asset);
  FOR i IN 1 .. coalesce(array_length(p_member, 1), 0) LOOP
    last := first - 1;
    WHILE last < lots AND l_item[last + 1] = i LOOP
      last := last + 1;
    END LOOP;
    SELECT * INTO entry_id, balance_after FROM ledger_post_one(
      p_member[i], p_asset[i], p_kind[i], p_amount[i], p_source[i], p_at[i], p_day[i], p_explanation[i],
      p_staff[i], p_store[i],
      CASE WHEN last = first THEN ARRAY[l_amount[first]] ELSE l_amount[first:last] END,
      CASE WHEN last = first THEN ARRAY[l_available[first]] ELSE l_available[first:last] END,
      CASE WHEN last = first THEN ARRAY[l_expires[first]] ELSE l_expires[first:last] END);
    first := last + 1;
    RETURN NEXT;
  END LOOP;
END $$;

CREATE FUNCTION ledger_hold(
  p_member bigint, p_asset smallint, p_amount bigint, p_source text, p_at timestamptz, p_day date,
  p_due timestamptz
) RETURNS TABLE (hold_id bigint, spendable bigint)
LANGUAGE plpgsql AS $$
DECLARE
  acc ledger_account%ROWTYPE;
BEGIN
  SELECT * INTO acc FROM ledger_account a WHERE a.member_id = p_member AND a.asset_id = p_asset FOR UPDATE;
  spendable := ledger_spendable(acc.id, p_day) - coalesce(acc.held, 0) - p_amount;
  IF spendable < 0 THEN
    IF EXISTS (SELECT 1 FROM ledger_hold h WHERE h.source = p_source) THEN
      RAISE EXCEPTION 'already held' USING ERRCODE = 'LR007', DETAIL = json_build_object('source', p_source)::text;
    END IF;
    PERFORM ledger_refuse(p_amount, spendable + p_amount + coalesce(acc.held, 0), coalesce(acc.held, 0), NULL);
  END IF;
  UPDATE ledger_account SET held = held + p_amount WHERE id = acc.id;
  INSERT INTO ledger_hold (account_id, member_id, amount, state, source, created_at, due_at)
  VALUES (acc.id, p_member, p_amount, 'open', p_source, p_at, p_due) RETURNING id INTO hold_id;
  RETURN NEXT;
END $$;

CREATE FUNCTION ledger_end_hold(p_hold bigint) RETURNS ledger_hold
LANGUAGE plpgsql AS $$
DECLARE
  h ledger_hold%ROWTYPE;
BEGIN
  -- Locks the hold's account, then answers the hold as it is now, its amount freed if it was open.
  SELECT * INTO h FROM ledger_hold WHERE id = p_hold;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such hold' USING ERRCODE = 'LR005', DETAIL = json_build_object('id', p_hold)::text;
  END IF;
  PERFORM 1 FROM ledger_account WHERE id = h.account_id FOR UPDATE;
  SELECT * INTO h FROM ledger_hold WHERE id = p_hold FOR UPDATE;
  IF h.state = 'open' THEN
    UPDATE ledger_account SET held = held - h.amount WHERE id = h.account_id;
  END IF;
  RETURN h;
END $$;

CREATE FUNCTION ledger_capture(
  p_hold bigint, p_amount bigint, p_source text, p_at timestamptz, p_day date, p_explanation jsonb,
  p_staff bigint, p_store bigint
) RETURNS TABLE (entry_id bigint, balance_after bigint)
LANGUAGE plpgsql AS $$
DECLARE
  h ledger_hold%ROWTYPE := ledger_end_hold(p_hold);
  acc ledger_account%ROWTYPE;
  taken bigint := coalesce(p_amount, h.amount);
  missing bigint;
BEGIN
  IF h.state <> 'open' OR h.due_at <= p_at OR taken > h.amount OR taken <= 0 THEN
    PERFORM ledger_refuse_repeat(p_source);
    RAISE EXCEPTION 'hold has ended' USING ERRCODE = 'LR004', DETAIL = json_build_object(
      'state', CASE WHEN h.state = 'open' AND h.due_at <= p_at THEN 'overdue' ELSE h.state END,
      'amount', h.amount, 'needed', taken)::text;
  END IF;
  SELECT * INTO acc FROM ledger_account WHERE id = h.account_id;
  IF acc.held > 0 AND ledger_spendable(acc.id, p_day) - acc.held < taken THEN
    PERFORM ledger_refuse(taken, ledger_spendable(acc.id, p_day), acc.held, p_source);
  END IF;
  balance_after := acc.balance - taken;
  entry_id := ledger_enter(acc.id, acc.member_id, 'spend', -taken, balance_after, p_source, p_at,
                           p_explanation, p_staff, p_store, NULL);
  missing := ledger_take(acc.id, entry_id, taken, p_day);
  IF missing > 0 THEN
    PERFORM ledger_refuse(taken, taken - missing, acc.held, NULL);
  END IF;
  UPDATE ledger_account SET balance = ledger_capture.balance_after WHERE id = acc.id;
  UPDATE ledger_hold SET state = 'captured', ended_at = p_at, entry_id = ledger_capture.entry_id WHERE id = h.id;
  RETURN NEXT;
END $$;

CREATE FUNCTION ledger_release(p_hold bigint, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  h ledger_hold%ROWTYPE := ledger_end_hold(p_hold);
BEGIN
  UPDATE ledger_hold SET state = 'released', ended_at = p_at WHERE id = h.id AND state = 'open';
  RETURN FOUND;
END $$;
