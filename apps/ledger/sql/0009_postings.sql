-- The hot paths again, with less to do for the same rows: one posting has its lot in plain parameters, a batch of
-- plain credits is written set by set, a hold and its capture touch their account once.

CREATE FUNCTION ledger_post_one(
  p_member bigint, p_asset smallint, p_kind text, p_amount bigint, p_source text, p_at timestamptz, p_day date,
  p_explanation jsonb, p_staff bigint, p_store bigint,
  p_lot bigint, p_available date, p_expires date,
  more_amount bigint[], more_available date[], more_expires date[],
  OUT entry_id bigint, OUT balance_after bigint
) LANGUAGE plpgsql AS $$
DECLARE
  v_account bigint;
  v_held bigint;
  v_owed bigint;
  v_usable bigint;
  v_missing bigint;
BEGIN
  -- One posting. A credit's first lot stands alone, further ones in arrays.
  IF p_amount < 0 THEN
    SELECT a.id, a.balance + p_amount, a.held INTO v_account, balance_after, v_held
      FROM ledger_account a WHERE a.member_id = p_member AND a.asset_id = p_asset FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM ledger_refuse(-p_amount, 0, 0, p_source);
    END IF;
    IF v_held > 0 THEN
      v_usable := ledger_spendable(v_account, p_day);
      IF v_usable - v_held < -p_amount THEN
        PERFORM ledger_refuse(-p_amount, v_usable, v_held, p_source);
      END IF;
    END IF;
  ELSE
    UPDATE ledger_account a SET balance = a.balance + p_amount
     WHERE a.member_id = p_member AND a.asset_id = p_asset
    RETURNING a.id, a.balance, a.owed INTO v_account, balance_after, v_owed;
    IF NOT FOUND THEN
      INSERT INTO ledger_account (member_id, asset_id, balance, held, owed)
      SELECT m.id, p_asset, p_amount, 0, 0 FROM members_member m WHERE m.id = p_member
      ON CONFLICT (member_id, asset_id) DO UPDATE SET balance = ledger_account.balance + excluded.balance
      RETURNING id, balance, owed INTO v_account, balance_after, v_owed;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no such member' USING ERRCODE = 'LR006',
          DETAIL = json_build_object('member_id', p_member)::text;
      END IF;
    END IF;
    IF p_lot + coalesce((SELECT sum(m) FROM unnest(more_amount) m), 0) IS DISTINCT FROM p_amount THEN
      RAISE EXCEPTION 'lots do not add up' USING ERRCODE = 'LR002', DETAIL = json_build_object(
        'amount', p_amount, 'granted', coalesce(p_lot, 0) + coalesce((SELECT sum(m) FROM unnest(more_amount) m), 0))::text;
    END IF;
  END IF;

  INSERT INTO ledger_entry AS e (account_id, member_id, kind, amount, balance_after, source, at, explanation,
                                 staff_id, store_id)
  VALUES (v_account, p_member, p_kind, p_amount, ledger_post_one.balance_after, p_source, p_at, p_explanation,
          p_staff, p_store)
  RETURNING e.id INTO entry_id;

  IF p_amount < 0 THEN
    v_missing := ledger_take(v_account, entry_id, -p_amount, p_day);
    IF v_missing > 0 THEN
      PERFORM ledger_refuse(-p_amount, -p_amount - v_missing, v_held, NULL);
    END IF;
    UPDATE ledger_account SET balance = ledger_post_one.balance_after WHERE id = v_account;
    RETURN;
  END IF;
  INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, available_on, expires_on, is_open)
  VALUES (v_account, p_member, ledger_post_one.entry_id, p_lot, p_lot, p_available, p_expires, true);
  IF more_amount IS NOT NULL THEN
    INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, available_on, expires_on, is_open)
    SELECT v_account, p_member, ledger_post_one.entry_id, m.amount, m.amount, m.available_on, m.expires_on, true
      FROM unnest(more_amount, more_available, more_expires) AS m (amount, available_on, expires_on);
  END IF;
  IF v_owed > 0 THEN
    PERFORM ledger_settle(v_account, p_at, p_day);
  END IF;
END $$;

DROP FUNCTION ledger_post_one(bigint, smallint, text, bigint, text, timestamptz, date, jsonb, bigint, bigint,
  bigint[], date[], date[]);

CREATE FUNCTION ledger_credit_all(
  p_member bigint[], p_asset smallint[], p_kind text[], p_amount bigint[], p_source text[],
  p_at timestamptz[], p_explanation jsonb[], p_staff bigint[], p_store bigint[],
  l_available date[], l_expires date[]
) RETURNS TABLE (entry_id bigint, balance_after bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_entries bigint[];
  v_accounts bigint[];
  v_balances bigint[];
BEGIN
  -- Plain credits, one lot each; the accounts are locked and owe nothing. Identities are given in the order of the rows, so the arrays
  -- read back by id are in the order of the postings.
  WITH credit AS (
    SELECT u.*, a.id AS account_id, a.balance
      FROM unnest(p_member, p_asset, p_kind, p_amount, p_source, p_at, p_explanation, p_staff, p_store)
           WITH ORDINALITY AS u (member_id, asset_id, kind, amount, source, at, explanation, staff_id, store_id, n)
      JOIN ledger_account a ON a.member_id = u.member_id AND a.asset_id = u.asset_id
  ), entered AS (
    INSERT INTO ledger_entry AS e (account_id, member_id, kind, amount, balance_after, source, at, explanation,
                                   staff_id, store_id)
    SELECT c.account_id, c.member_id, c.kind, c.amount,
           c.balance + sum(c.amount) OVER (PARTITION BY c.account_id ORDER BY c.n),
           c.source, c.at, c.explanation, c.staff_id, c.store_id
      FROM credit c ORDER BY c.n
    RETURNING e.id, e.account_id, e.balance_after
  )
  SELECT array_agg(x.id ORDER BY x.id), array_agg(x.account_id ORDER BY x.id),
         array_agg(x.balance_after ORDER BY x.id)
    INTO v_entries, v_accounts, v_balances FROM entered x;

  INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, available_on, expires_on, is_open)
  SELECT l.account_id, l.member_id, l.entry_id, l.amount, l.amount, l.available_on, l.expires_on, true
    FROM unnest(v_accounts, p_member, v_entries, p_amount, l_available, l_expires)
         AS l (account_id, member_id, entry_id, amount, available_on, expires_on);

  UPDATE ledger_account a SET balance = a.balance + s.amount
    FROM (SELECT u.account_id, sum(u.amount) AS amount FROM unnest(v_accounts, p_amount) AS u (account_id, amount)
           GROUP BY u.account_id) s
   WHERE a.id = s.account_id;
  RETURN QUERY SELECT * FROM unnest(v_entries, v_balances);
END $$;

CREATE OR REPLACE FUNCTION ledger_post(
  p_member bigint[], p_asset smallint[], p_kind text[], p_amount bigint[], p_source text[],
  p_at timestamptz[], p_day date[], p_explanation jsonb[], p_staff bigint[], p_store bigint[],
  l_item int[], l_amount bigint[], l_available date[], l_expires date[]
) RETURNS TABLE (entry_id bigint, balance_after bigint)
LANGUAGE plpgsql AS $$
DECLARE
  items int := coalesce(array_length(p_member, 1), 0);
  lots int := coalesce(array_length(l_item, 1), 0);
  first int := 1;
  last int;
BEGIN
  -- Any number of postings in their order; the lots of posting i are those with l_item = i, in order. A slice
  -- copies the whole array, so the usual single lot goes without. A batch of plain credits, one lot each and
  -- nobody owing, is written set by set: the same rows in the same order.
  PERFORM ledger_lock_all(p_member, p_asset);
  IF l_amount = p_amount AND 0 < ALL (p_amount)
     AND l_item = ARRAY(SELECT n FROM generate_series(1, items) n)
     AND items = (SELECT count(*) FROM unnest(p_member, p_asset) AS u (m, a)
                    JOIN ledger_account x ON x.member_id = u.m AND x.asset_id = u.a AND x.owed = 0) THEN
    RETURN QUERY SELECT * FROM ledger_credit_all(p_member, p_asset, p_kind, p_amount, p_source, p_at,
      p_explanation, p_staff, p_store, l_available, l_expires);
    RETURN;
  END IF;
  FOR i IN 1 .. items LOOP
    last := first - 1;
    WHILE last < lots AND l_item[last + 1] = i LOOP
      last := last + 1;
    END LOOP;
    SELECT * INTO entry_id, balance_after FROM ledger_post_one(
      p_member[i], p_asset[i], p_kind[i], p_amount[i], p_source[i], p_at[i], p_day[i], p_explanation[i],
      p_staff[i], p_store[i],
      CASE WHEN last >= first THEN l_amount[first] END, CASE WHEN last >= first THEN l_available[first] END,
      CASE WHEN last >= first THEN l_expires[first] END,
      CASE WHEN last > first THEN l_amount[first + 1:last] END,
      CASE WHEN last > first THEN l_available[first + 1:last] END,
      CASE WHEN last > first THEN l_expires[first + 1:last] END);
    first := last + 1;
    RETURN NEXT;
  END LOOP;
END $$;

CREATE FUNCTION ledger_lock_one(p_member bigint, p_asset smallint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- Locks the account of a known member, which it makes if there is none.
  PERFORM 1 FROM ledger_account a WHERE a.member_id = p_member AND a.asset_id = p_asset FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM ledger_lock(ARRAY[p_member], p_asset);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION ledger_hold(
  p_member bigint, p_asset smallint, p_amount bigint, p_source text, p_at timestamptz, p_day date,
  p_due timestamptz
) RETURNS TABLE (hold_id bigint, spendable bigint)
LANGUAGE plpgsql AS $$
DECLARE
  v_account bigint;
  v_held bigint := 0;
BEGIN
  SELECT a.id, a.held INTO v_account, v_held FROM ledger_account a
   WHERE a.member_id = p_member AND a.asset_id = p_asset FOR UPDATE;
  SELECT coalesce(sum(l.remaining), 0) - v_held - p_amount INTO spendable FROM ledger_lot l
   WHERE l.account_id = v_account AND l.is_open
     AND (l.expires_on IS NULL OR l.expires_on >= p_day)
     AND (l.available_on IS NULL OR l.available_on <= p_day);
  IF v_account IS NULL OR spendable < 0 THEN
    IF EXISTS (SELECT 1 FROM ledger_hold h WHERE h.source = p_source) THEN
      RAISE EXCEPTION 'already held' USING ERRCODE = 'LR007', DETAIL = json_build_object('source', p_source)::text;
    END IF;
    v_held := coalesce(v_held, 0);
    PERFORM ledger_refuse(p_amount, coalesce(spendable + p_amount + v_held, 0), v_held, NULL);
  END IF;
  UPDATE ledger_account SET held = held + p_amount WHERE id = v_account;
  INSERT INTO ledger_hold (account_id, member_id, amount, state, source, created_at, due_at)
  VALUES (v_account, p_member, p_amount, 'open', p_source, p_at, p_due) RETURNING id INTO hold_id;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION ledger_capture(
  p_hold bigint, p_amount bigint, p_source text, p_at timestamptz, p_day date, p_explanation jsonb,
  p_staff bigint, p_store bigint
) RETURNS TABLE (entry_id bigint, balance_after bigint)
LANGUAGE plpgsql AS $$
DECLARE
  h ledger_hold%ROWTYPE;
  v_held bigint;
  v_taken bigint;
  v_missing bigint;
  v_usable bigint;
BEGIN
  -- The account is locked first; whoever ends a hold does so under that lock.
  SELECT a.balance, a.held INTO balance_after, v_held FROM ledger_account a
   WHERE a.id = (SELECT x.account_id FROM ledger_hold x WHERE x.id = p_hold) FOR UPDATE;
  SELECT * INTO h FROM ledger_hold x WHERE x.id = p_hold;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such hold' USING ERRCODE = 'LR005', DETAIL = json_build_object('id', p_hold)::text;
  END IF;
  v_taken := coalesce(p_amount, h.amount);
  IF h.state <> 'open' OR h.due_at <= p_at OR v_taken > h.amount OR v_taken <= 0 THEN
    PERFORM ledger_refuse_repeat(p_source);
    RAISE EXCEPTION 'hold has ended' USING ERRCODE = 'LR004', DETAIL = json_build_object(
      'state', CASE WHEN h.state = 'open' AND h.due_at <= p_at THEN 'overdue' ELSE h.state END,
      'amount', h.amount, 'needed', v_taken)::text;
  END IF;
  v_held := v_held - h.amount;
  IF v_held > 0 THEN
    v_usable := ledger_spendable(h.account_id, p_day);
    IF v_usable - v_held < v_taken THEN
      PERFORM ledger_refuse(v_taken, v_usable, v_held, p_source);
    END IF;
  END IF;
  balance_after := balance_after - v_taken;
  INSERT INTO ledger_entry AS e (account_id, member_id, kind, amount, balance_after, source, at, explanation,
                                 staff_id, store_id)
  VALUES (h.account_id, h.member_id, 'spend', -v_taken, ledger_capture.balance_after, p_source, p_at, p_explanation,
          p_staff, p_store)
  RETURNING e.id INTO entry_id;
  v_missing := ledger_take(h.account_id, entry_id, v_taken, p_day);
  IF v_missing > 0 THEN
    PERFORM ledger_refuse(v_taken, v_taken - v_missing, v_held, NULL);
  END IF;
  UPDATE ledger_account SET balance = ledger_capture.balance_after, held = v_held WHERE id = h.account_id;
  UPDATE ledger_hold SET state = 'captured', ended_at = p_at, entry_id = ledger_capture.entry_id WHERE id = h.id;
  RETURN NEXT;
END $$;
