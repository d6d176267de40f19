-- Awards of one asset to many members, one lot each, where nobody owes anything: the rows of ledger_post, written
-- set by set. When somebody owes it raises LR010: his debts have to be settled posting by posting.

CREATE FUNCTION ledger_award_batch(
  p_asset smallint, p_member bigint[], p_amount bigint[], p_source text[], p_at timestamptz[],
  p_explanation jsonb[], p_staff bigint[], p_store bigint[], l_available date[], l_expires date[]
) RETURNS bigint[]
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_members bigint[] := ARRAY(SELECT DISTINCT u.m FROM unnest(p_member) AS u (m));
  v_holders bigint[];
  v_ids bigint[];
  v_before bigint[];
  v_owed bigint;
  v_entries bigint[];
  v_accounts bigint[];
  v_balances bigint[];
BEGIN
  SELECT array_agg(a.member_id), array_agg(a.id), array_agg(a.balance), sum(a.owed)
    INTO v_holders, v_ids, v_before, v_owed
    FROM (SELECT * FROM ledger_lock(v_members, p_asset)) a;
  IF v_owed > 0 THEN
    RAISE EXCEPTION 'somebody owes' USING ERRCODE = 'LR010';
  END IF;

  -- Identities are given in the order of the rows, so the arrays read back by id are in the order of the postings.
  WITH entered AS (
    INSERT INTO ledger_entry AS e (account_id, member_id, kind, amount, balance_after, source, at, explanation,
                                   staff_id, store_id)
    SELECT a.id, u.member_id, 'award', u.amount,
           a.balance + sum(u.amount) OVER (PARTITION BY a.id ORDER BY u.n),
           u.source, u.at, u.explanation, u.staff_id, u.store_id
      FROM unnest(p_member, p_amount, p_source, p_at, p_explanation, p_staff, p_store)
           WITH ORDINALITY AS u (member_id, amount, source, at, explanation, staff_id, store_id, n)
      JOIN unnest(v_holders, v_ids, v_before) AS a (member_id, id, balance) USING (member_id)
     ORDER BY u.n
    RETURNING e.id, e.account_id, e.balance_after
  )
  SELECT array_agg(x.id ORDER BY x.id), array_agg(x.account_id ORDER BY x.id), array_agg(x.balance_after ORDER BY x.id)
    INTO v_entries, v_accounts, v_balances FROM entered x;

  INSERT INTO ledger_lot (account_id, member_id, entry_id, granted, remaining, available_on, expires_on, is_open)
  SELECT l.account_id, l.member_id, l.entry_id, l.amount, l.amount, l.available_on, l.expires_on, true
    FROM unnest(v_accounts, p_member, v_entries, p_amount, l_available, l_expires)
         AS l (account_id, member_id, entry_id, amount, available_on, expires_on);

  UPDATE ledger_account a SET balance = a.balance + s.amount
    FROM (SELECT u.account_id, sum(u.amount) AS amount FROM unnest(v_accounts, p_amount) AS u (account_id, amount)
           GROUP BY u.account_id) s
   WHERE a.id = s.account_id;
  RETURN v_balances;
END $$;
