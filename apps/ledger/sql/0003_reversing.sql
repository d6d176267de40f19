-- Taking back and giving back, in full or in any number of parts.

CREATE FUNCTION ledger_lapsed(p_credit bigint, p_day date) RETURNS bigint
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

CREATE FUNCTION ledger_revivable(p_expiry bigint, p_day date) RETURNS bigint
LANGUAGE sql STABLE AS $$
  -- What of an expiry can be taken back: not what a reversal of the credit already counted as lapsed.
  SELECT coalesce(sum(least(c.open_part, greatest(ledger_lapsed(c.entry_id, p_day), 0))), 0)::bigint FROM (
    SELECT l.entry_id, sum(al.amount) AS open_part
      FROM ledger_allocation al JOIN ledger_entry e ON e.id = al.entry_id JOIN ledger_lot l ON l.id = al.lot_id
     WHERE e.id = p_expiry OR e.reverses_id = p_expiry
     GROUP BY l.entry_id) c
$$;

CREATE FUNCTION ledger_book_expiry(p_lot bigint, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  lot ledger_lot%ROWTYPE;
  bal bigint;
  entry bigint;
BEGIN
  -- Books the expiry of one overdue lot now; its account is locked already.
  SELECT * INTO lot FROM ledger_lot WHERE id = p_lot;
  UPDATE ledger_account SET balance = balance - lot.remaining WHERE id = lot.account_id RETURNING balance INTO bal;
  entry := ledger_enter(lot.account_id, lot.member_id, 'expire', -lot.remaining, bal, NULL, p_at,
                        jsonb_build_object('expired', jsonb_build_object('lots', 1)), NULL, NULL, NULL);
  INSERT INTO ledger_allocation (entry_id, lot_id, amount) VALUES (entry, lot.id, lot.remaining);
  UPDATE ledger_lot SET remaining = 0, is_open = false WHERE id = lot.id;
END $$;

CREATE FUNCTION ledger_take_back(p_original bigint, p_entry bigint, p_amount bigint, p_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  part bigint;
  missing bigint := p_amount;
BEGIN
  -- A credit is reversed out of its own lots and no other, and not out of what has expired.
  FOR lot IN SELECT l.id, l.remaining FROM ledger_lot l
              WHERE l.entry_id = p_original AND l.is_open AND (l.expires_on IS NULL OR l.expires_on >= p_day)
              ORDER BY l.expires_on, l.id
  LOOP
    EXIT WHEN missing = 0;
    part := least(lot.remaining, missing);
    UPDATE ledger_lot SET remaining = remaining - part, is_open = remaining > part WHERE id = lot.id;
    INSERT INTO ledger_allocation (entry_id, lot_id, amount) VALUES (p_entry, lot.id, part);
    missing := missing - part;
  END LOOP;
END $$;

CREATE FUNCTION ledger_give_back(
  p_original ledger_entry, p_entry bigint, p_amount bigint, p_at timestamptz, p_day date, p_grace int
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  part bigint;
  missing bigint := p_amount;
BEGIN
  -- A debit is reversed into the lots it took from, the last-expiring first; a lot past its last day is
  -- opened again with the grace, on the record.
  FOR lot IN
    SELECT l.id, l.entry_id, l.expires_on, al.amount + coalesce((
             SELECT sum(b.amount) FROM ledger_allocation b JOIN ledger_entry r ON r.id = b.entry_id
              WHERE b.lot_id = l.id AND r.reverses_id = p_original.id), 0) AS open_part
      FROM ledger_allocation al JOIN ledger_lot l ON l.id = al.lot_id
     WHERE al.entry_id = p_original.id
     ORDER BY l.expires_on DESC NULLS FIRST, l.id DESC
  LOOP
    EXIT WHEN missing = 0;
    part := least(lot.open_part, missing);
    IF p_original.kind = 'expire' THEN
      part := least(part, ledger_lapsed(lot.entry_id, p_day));
    END IF;
    CONTINUE WHEN part <= 0;
    IF lot.expires_on < p_day THEN
      INSERT INTO ledger_extension (entry_id, lot_id, was, now)
      VALUES (p_entry, lot.id, lot.expires_on, p_day + p_grace);
    END IF;
    UPDATE ledger_lot
       SET remaining = remaining + part, is_open = true,
           expires_on = CASE WHEN lot.expires_on < p_day THEN p_day + p_grace ELSE expires_on END
     WHERE id = lot.id;
    INSERT INTO ledger_allocation (entry_id, lot_id, amount) VALUES (p_entry, lot.id, -part);
    missing := missing - part;
  END LOOP;
END $$;

CREATE FUNCTION ledger_reverse(
  p_original bigint, p_amount bigint, p_source text, p_at timestamptz, p_day date, p_owes boolean, p_grace int,
  p_explanation jsonb, p_staff bigint, p_store bigint
) RETURNS TABLE (entry_id bigint, balance_after bigint, amount bigint, moved bigint, lapsed bigint, owed bigint,
                 waived bigint)
LANGUAGE plpgsql AS $$
DECLARE
  o ledger_entry%ROWTYPE;
  acc ledger_account%ROWTYPE;
  overdue bigint;
  left_over bigint;
  part bigint;
  missing bigint := 0;
BEGIN
  SELECT * INTO o FROM ledger_entry e WHERE e.id = p_original;
  IF NOT FOUND OR o.kind IN ('reverse', 'settle', 'extend') THEN
    RAISE EXCEPTION 'no such entry' USING ERRCODE = 'LR005', DETAIL = json_build_object('id', p_original)::text;
  END IF;
  SELECT * INTO acc FROM ledger_account a WHERE a.id = o.account_id FOR UPDATE;
  SELECT abs(o.amount) - coalesce(sum(r.requested), 0) INTO left_over
    FROM ledger_reversal r WHERE r.original_id = o.id;
  IF o.kind = 'expire' THEN
    left_over := least(left_over, ledger_revivable(o.id, p_day));
  END IF;
  part := coalesce(p_amount, left_over);
  IF part <= 0 OR part > left_over THEN
    PERFORM ledger_refuse_repeat(p_source);
    RAISE EXCEPTION 'nothing left to reverse' USING ERRCODE = 'LR003', DETAIL = json_build_object(
      'requested', part, 'left', left_over)::text;
  END IF;

  IF o.amount < 0 THEN
    FOR overdue IN
      SELECT l.id FROM ledger_allocation al JOIN ledger_lot l ON l.id = al.lot_id
       WHERE al.entry_id = o.id AND l.is_open AND l.expires_on < p_day ORDER BY l.id
    LOOP
      PERFORM ledger_book_expiry(overdue, p_at);
    END LOOP;
    SELECT * INTO acc FROM ledger_account a WHERE a.id = o.account_id;
    moved := part; lapsed := 0; owed := 0; waived := 0; amount := part;
    balance_after := acc.balance + part;
    entry_id := ledger_enter(acc.id, acc.member_id, 'reverse', amount, balance_after, p_source, p_at,
                             p_explanation, p_staff, p_store, o.id);
    PERFORM ledger_give_back(o, entry_id, part, p_at, p_day, p_grace);
  ELSE
    -- The entry's amount depends on what its lots can still give, so that is counted before it is written.
    SELECT least(part, coalesce(sum(l.remaining), 0)) INTO moved FROM ledger_lot l
     WHERE l.entry_id = o.id AND l.is_open AND (l.expires_on IS NULL OR l.expires_on >= p_day);
    lapsed := least(part - moved, greatest(ledger_lapsed(o.id, p_day), 0));
    missing := part - moved - lapsed;
    owed := CASE WHEN p_owes THEN missing ELSE 0 END;
    waived := missing - owed;
    amount := -(moved + owed);
    balance_after := acc.balance + amount;
    entry_id := ledger_enter(acc.id, acc.member_id, 'reverse', amount, balance_after, p_source, p_at,
                             p_explanation, p_staff, p_store, o.id);
    PERFORM ledger_take_back(o.id, entry_id, moved, p_day);
  END IF;

  INSERT INTO ledger_reversal (entry_id, original_id, requested, moved, lapsed, owed, waived)
  VALUES (ledger_reverse.entry_id, o.id, part, ledger_reverse.moved, ledger_reverse.lapsed, ledger_reverse.owed,
          ledger_reverse.waived);
  UPDATE ledger_account a SET balance = ledger_reverse.balance_after, owed = a.owed + ledger_reverse.owed
   WHERE a.id = acc.id;
  IF acc.owed + ledger_reverse.owed > 0 THEN
    PERFORM ledger_settle(acc.id, p_at, p_day);
  END IF;
  RETURN NEXT;
END $$;
