-- The one door's first step in one round trip: claim the facts, write their lines, lock the points accounts of
-- their members, announce. Facts come as columns, each key once, in (channel, external id) order, so that two
-- batches with common keys wait for each other instead of dead-locking. Every look-up goes by index from
-- the facts outwards (a sub-select per fact, no sequential scan), whatever is thought of tables just filled,
-- so one plan serves every batch and is made once.

CREATE TYPE activity_context AS (channel bigint, status text, store text);

CREATE FUNCTION activity_known(p_channel text, p_member bigint, p_store bigint) RETURNS SETOF activity_context
LANGUAGE sql STABLE ROWS 1 AS $$
  -- What the database knows of a fact's channel, member and store; null for what it does not know.
  SELECT (SELECT c.id FROM members_channel c WHERE c.code = p_channel),
         (SELECT m.status::text FROM members_member m WHERE m.id = p_member),
         (SELECT s.code::text FROM stores_store s WHERE s.id = p_store)
  OFFSET 0
$$;

CREATE FUNCTION activity_fault(
  p_kind text, p_spent bigint, p_store bigint, p_channel bigint, p_status text, p_store_code text
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  -- Why a fact can't be accepted, null when it can.
  SELECT CASE WHEN p_channel IS NULL THEN 'unknown_channel'
              WHEN p_status IS NULL THEN 'unknown_member'
              WHEN p_status = 'closed' AND p_kind <> 'refund' THEN 'member_closed'
              WHEN p_status = 'frozen' AND p_spent > 0 AND p_kind <> 'refund' THEN 'member_frozen'
              WHEN p_store IS NOT NULL AND p_store_code IS NULL THEN 'unknown_store'
         END
$$;

CREATE FUNCTION activity_claim(
  f_channel text[], f_external text[], f_kind text[], f_member bigint[], f_store bigint[], f_staff bigint[],
  f_occurred timestamptz[], f_amount bigint[], f_discount bigint[], f_spent bigint[], f_refund_of bigint[],
  f_attributes jsonb[], f_hash bytea[],
  l_item int[], l_category text[], l_sku text[], l_quantity bigint[], l_amount bigint[], l_takes_back bigint[],
  p_at timestamptz, p_asset smallint
) RETURNS TABLE (item bigint, activity_id bigint, status text, store text, fault text)
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  claimed bigint[];
  ids bigint[];
BEGIN
  WITH inserted AS (
    INSERT INTO activity_activity AS a (channel_id, external_id, kind, member_id, store_id, staff_id, occurred_at,
        recorded_at, amount_fen, discount_fen, points_spent, payload_hash, refund_of_id, attributes)
    SELECT k.channel, f.external, f.kind, f.member, f.store, f.staff, f.occurred, p_at, f.amount, f.discount,
           f.spent, f.hash, f.refund_of, f.attributes
      FROM unnest(f_channel, f_external, f_kind, f_member, f_store, f_staff, f_occurred, f_amount, f_discount,
                  f_spent, f_refund_of, f_attributes, f_hash) WITH ORDINALITY AS f (channel, external, kind, member,
                  store, staff, occurred, amount, discount, spent, refund_of, attributes, hash, item)
     CROSS JOIN LATERAL activity_known(f.channel, f.member, f.store) k
     WHERE activity_fault(f.kind, f.spent, f.store, k.channel, k.status, k.store) IS NULL
     ORDER BY f.item
    ON CONFLICT ON CONSTRAINT activity_activity_once DO NOTHING
    RETURNING a.id
  )
  SELECT array_agg(i.id) INTO claimed FROM inserted i;

  -- What became of each fact. Known already: with the same body it is told again, with another one refused.
  RETURN QUERY
  SELECT f.item, a.id, CASE WHEN a.id IN (SELECT unnest(claimed)) THEN k.status END, k.store,
         CASE WHEN a.id IS NULL THEN activity_fault(f.kind, f.spent, f.store, k.channel, k.status, k.store)
              WHEN a.payload_hash <> f.hash THEN 'different_body' END
    FROM unnest(f_channel, f_external, f_kind, f_member, f_store, f_spent, f_hash) WITH ORDINALITY
           AS f (channel, external, kind, member, store, spent, hash, item)
   CROSS JOIN LATERAL activity_known(f.channel, f.member, f.store) k
    LEFT JOIN LATERAL (SELECT x.id, x.payload_hash FROM activity_activity x
                        WHERE x.channel_id = k.channel AND x.external_id = f.external LIMIT 1) a ON true
   ORDER BY f.item;
  IF claimed IS NULL THEN
    RETURN;
  END IF;

  IF cardinality(claimed) = cardinality(f_member) THEN
    ids := claimed;
  ELSE
    ids := ARRAY(SELECT CASE WHEN a.id IN (SELECT unnest(claimed)) THEN a.id ELSE 0 END
                   FROM unnest(f_channel, f_external) WITH ORDINALITY AS f (channel, external, item)
                  CROSS JOIN LATERAL activity_known(f.channel, NULL, NULL) k
                   LEFT JOIN LATERAL (SELECT x.id FROM activity_activity x
                                       WHERE x.channel_id = k.channel AND x.external_id = f.external LIMIT 1) a
                     ON true
                  ORDER BY f.item);
  END IF;
  INSERT INTO activity_line (activity_id, member_id, category, sku, quantity, amount_fen, refunds_line_id)
  SELECT ids[l.item], f_member[l.item], l.category, l.sku, l.quantity, l.amount, l.takes_back
    FROM unnest(l_item, l_category, l_sku, l_quantity, l_amount, l_takes_back)
           AS l (item, category, sku, quantity, amount, takes_back)
   WHERE ids[l.item] <> 0;
  PERFORM 1 FROM ledger_lock(ARRAY(
    SELECT DISTINCT f.member FROM unnest(f_member, ids) AS f (member, id) WHERE f.id <> 0), p_asset);
  INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
  VALUES ('activity.recorded', jsonb_build_object('activities', claimed), p_at, 0, '');
END $$;
