-- The same as before with one look at channels, members and stores instead of two or three: what is known of each
-- fact is kept in arrays, in the facts' order.
CREATE OR REPLACE FUNCTION activity_claim(
  f_channel text[], f_external text[], f_kind text[], f_member bigint[], f_store bigint[], f_staff bigint[],
  f_occurred timestamptz[], f_amount bigint[], f_discount bigint[], f_spent bigint[], f_refund_of bigint[],
  f_attributes jsonb[], f_hash bytea[],
  l_item int[], l_category text[], l_sku text[], l_quantity bigint[], l_amount bigint[], l_takes_back bigint[],
  p_at timestamptz, p_asset smallint
) RETURNS TABLE (item bigint, activity_id bigint, status text, store text, fault text)
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_channel bigint[];
  v_status text[];
  v_store text[];
  v_fault text[];
  v_claimed bigint[];
  v_ids bigint[];
  v_known bigint[];
BEGIN
  SELECT array_agg(k.channel ORDER BY f.item), array_agg(k.status ORDER BY f.item), array_agg(k.store ORDER BY f.item),
         array_agg(activity_fault(f.kind, f.spent, f.store, k.channel, k.status, k.store) ORDER BY f.item)
    INTO v_channel, v_status, v_store, v_fault
    FROM unnest(f_channel, f_kind, f_member, f_store, f_spent) WITH ORDINALITY
           AS f (channel, kind, member, store, spent, item)
   CROSS JOIN LATERAL activity_known(f.channel, f.member, f.store) k;

  WITH inserted AS (
    INSERT INTO activity_activity AS a (channel_id, external_id, kind, member_id, store_id, staff_id, occurred_at,
        recorded_at, amount_fen, discount_fen, points_spent, payload_hash, refund_of_id, attributes)
    SELECT f.channel, f.external, f.kind, f.member, f.store, f.staff, f.occurred, p_at, f.amount, f.discount,
           f.spent, f.hash, f.refund_of, f.attributes
      FROM unnest(v_channel, f_external, f_kind, f_member, f_store, f_staff, f_occurred, f_amount, f_discount,
                  f_spent, f_refund_of, f_attributes, f_hash, v_fault) WITH ORDINALITY AS f (channel, external, kind,
                  member, store, staff, occurred, amount, discount, spent, refund_of, attributes, hash, fault, item)
     WHERE f.fault IS NULL
     ORDER BY f.item
    ON CONFLICT ON CONSTRAINT activity_activity_once DO NOTHING
    RETURNING a.id
  )
  SELECT array_agg(i.id ORDER BY i.id) INTO v_claimed FROM inserted i;

  IF cardinality(v_claimed) = cardinality(f_member) THEN
    v_ids := v_claimed;  -- identities are given in the order of the facts
    RETURN QUERY SELECT f.item, f.id, f.status, f.store, NULL::text
      FROM unnest(v_ids, v_status, v_store) WITH ORDINALITY AS f (id, status, store, item);
  ELSE
    -- What became of each fact. Known already: with the same body it is told again, with another one refused.
    SELECT array_agg(CASE WHEN a.id = ANY (v_claimed) THEN a.id ELSE 0 END ORDER BY f.item),
           array_agg(a.id ORDER BY f.item),
           array_agg(CASE WHEN a.id IS NULL THEN f.fault WHEN a.payload_hash <> f.hash THEN 'different_body' END
                     ORDER BY f.item)
      INTO v_ids, v_known, v_fault
      FROM unnest(v_channel, f_external, f_hash, v_fault) WITH ORDINALITY AS f (channel, external, hash, fault, item)
      LEFT JOIN LATERAL (SELECT x.id, x.payload_hash FROM activity_activity x
                          WHERE x.channel_id = f.channel AND x.external_id = f.external LIMIT 1) a ON true;
    RETURN QUERY SELECT f.item, f.known, CASE WHEN f.id <> 0 THEN f.status END, f.store, f.fault
      FROM unnest(v_ids, v_known, v_status, v_store, v_fault) WITH ORDINALITY
             AS f (id, known, status, store, fault, item);
  END IF;
  IF v_claimed IS NULL THEN
    RETURN;
  END IF;

  INSERT INTO activity_line (activity_id, member_id, category, sku, quantity, amount_fen, refunds_line_id)
  SELECT v_ids[l.item], f_member[l.item], l.category, l.sku, l.quantity, l.amount, l.takes_back
    FROM unnest(l_item, l_category, l_sku, l_quantity, l_amount, l_takes_back)
           AS l (item, category, sku, quantity, amount, takes_back)
   WHERE v_ids[l.item] <> 0;
  PERFORM 1 FROM ledger_lock(ARRAY(
    SELECT DISTINCT f.member FROM unnest(f_member, v_ids) AS f (member, id) WHERE f.id <> 0), p_asset);
  INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
  VALUES ('activity.recorded', jsonb_build_object('activities', v_claimed), p_at, 0, '');
END $$;
