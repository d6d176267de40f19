DROP FUNCTION activity_claim_one;

-- A till sends one fact at a time: the same as activity_claim for that one, without arrays and their plans. It also
-- tells which rulebook is in force, so that who decides next need not ask. Who has decided already names the
-- rulebook it was decided by; unless that one is in force and the member is active nothing is claimed: the fault
-- is 'unforeseen'.

CREATE FUNCTION activity_claim_one(
  p_channel text, p_external text, p_kind text, p_member bigint, p_store bigint, p_staff bigint,
  p_occurred timestamptz, p_amount bigint, p_discount bigint, p_spent bigint, p_refund_of bigint,
  p_attributes jsonb, p_hash bytea,
  l_category text[], l_sku text[], l_quantity bigint[], l_amount bigint[], l_takes_back bigint[],
  p_at timestamptz, p_asset smallint, p_rulebook bigint,
  OUT activity_id bigint, OUT status text, OUT store text, OUT fault text, OUT rulebook bigint
) LANGUAGE plpgsql AS $$
DECLARE
  v_channel bigint;
  v_hash bytea;
BEGIN
  SELECT (SELECT c.id FROM members_channel c WHERE c.code = p_channel),
         (SELECT m.status::text FROM members_member m WHERE m.id = p_member),
         (SELECT s.code::text FROM stores_store s WHERE s.id = p_store),
         (SELECT r.stamp FROM points_rulebookstamp r WHERE r.id = 1)
    INTO v_channel, activity_claim_one.status, activity_claim_one.store, rulebook;
  IF activity_claim_one.status = 'active' AND v_channel IS NOT NULL
     AND (p_store IS NULL OR activity_claim_one.store IS NOT NULL) THEN
    fault := CASE WHEN p_rulebook <> rulebook THEN 'unforeseen' END;
  ELSIF p_rulebook IS NOT NULL THEN
    fault := 'unforeseen';
  ELSE
    fault := activity_fault(p_kind, p_spent, p_store, v_channel, activity_claim_one.status,
                            activity_claim_one.store);
  END IF;
  IF fault = 'unforeseen' THEN
    RETURN;
  END IF;
  IF fault IS NULL THEN
    INSERT INTO activity_activity AS a (channel_id, external_id, kind, member_id, store_id, staff_id, occurred_at,
        recorded_at, amount_fen, discount_fen, points_spent, payload_hash, refund_of_id, attributes)
    VALUES (v_channel, p_external, p_kind, p_member, p_store, p_staff, p_occurred, p_at, p_amount, p_discount,
            p_spent, p_hash, p_refund_of, p_attributes)
    ON CONFLICT ON CONSTRAINT activity_activity_once DO NOTHING
    RETURNING a.id INTO activity_id;
  END IF;
  IF activity_id IS NULL THEN
    -- Known already: with the same body it is told again, with another one refused.
    SELECT a.id, a.payload_hash INTO activity_id, v_hash FROM activity_activity a
     WHERE a.channel_id = v_channel AND a.external_id = p_external;
    status := NULL;
    IF activity_id IS NOT NULL THEN
      fault := CASE WHEN v_hash <> p_hash THEN 'different_body' END;
    END IF;
    RETURN;
  END IF;
  FOR i IN 1 .. cardinality(l_category) LOOP
    INSERT INTO activity_line (activity_id, member_id, category, sku, quantity, amount_fen, refunds_line_id)
    VALUES (activity_claim_one.activity_id, p_member, l_category[i], l_sku[i], l_quantity[i], l_amount[i],
            l_takes_back[i]);
  END LOOP;
  PERFORM ledger_lock_one(p_member, p_asset);
  INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
  VALUES ('activity.recorded', jsonb_build_object('activities', jsonb_build_array(activity_id)), p_at, 0, '');
END $$;

-- A fact whose award was decided beforehand, by the rulebook p_rulebook: claimed and posted in one statement.
CREATE FUNCTION activity_record_foreseen(
  p_channel text, p_external text, p_kind text, p_member bigint, p_store bigint, p_staff bigint,
  p_occurred timestamptz, p_amount bigint, p_discount bigint, p_spent bigint, p_refund_of bigint,
  p_attributes jsonb, p_hash bytea,
  l_category text[], l_sku text[], l_quantity bigint[], l_amount bigint[], l_takes_back bigint[],
  p_at timestamptz, p_asset smallint, p_rulebook bigint,
  p_points bigint, p_day date, p_reason text, p_explanation jsonb, p_lot bigint, p_available date, p_expires date,
  more_amount bigint[], more_available date[], more_expires date[],
  OUT activity_id bigint, OUT fault text, OUT is_new boolean, OUT balance bigint
) LANGUAGE plpgsql AS $$
DECLARE
  v_claim record;
  v_source text;
BEGIN
  v_claim := activity_claim_one(p_channel, p_external, p_kind, p_member, p_store, p_staff, p_occurred, p_amount,
    p_discount, p_spent, p_refund_of, p_attributes, p_hash, l_category, l_sku, l_quantity, l_amount, l_takes_back,
    p_at, p_asset, p_rulebook);
  activity_id := v_claim.activity_id;
  fault := v_claim.fault;
  is_new := v_claim.status IS NOT NULL AND fault IS NULL;
  IF NOT is_new THEN
    RETURN;
  END IF;
  v_source := 'activity:' || activity_id || ':points';
  IF p_points > 0 THEN
    balance := (ledger_post_one(p_member, p_asset, 'award', p_points, v_source, p_occurred, p_day, p_explanation,
      p_staff, p_store, p_lot, p_available, p_expires, more_amount, more_available, more_expires)).balance_after;
  ELSE
    INSERT INTO ledger_decline (source, member_id, asset_id, at, reason, explanation)
    VALUES (v_source, p_member, p_asset, p_occurred, p_reason, p_explanation);
  END IF;
END $$;
