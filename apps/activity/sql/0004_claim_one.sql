-- A till sends one fact at a time: the same as activity_claim for that one, without arrays and their plans. It also
-- tells which rulebook is in force, so that who decides next need not ask.

CREATE FUNCTION activity_claim_one(
  p_channel text, p_external text, p_kind text, p_member bigint, p_store bigint, p_staff bigint,
  p_occurred timestamptz, p_amount bigint, p_discount bigint, p_spent bigint, p_refund_of bigint,
  p_attributes jsonb, p_hash bytea,
  l_category text[], l_sku text[], l_quantity bigint[], l_amount bigint[], l_takes_back bigint[],
  p_at timestamptz, p_asset smallint,
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
  fault := activity_fault(p_kind, p_spent, p_store, v_channel, activity_claim_one.status, activity_claim_one.store);
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
