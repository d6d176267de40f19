-- A batch of one channel whose awards were decided beforehand, by the rulebook p_rulebook: claimed and posted in
-- one statement, set by set. It is recorded whole, and only if all that was presumed holds: the rulebook is in
-- force, every member is active, every store is known, no key is taken and nobody owes anything. Otherwise
-- nothing is written and the answer is null.
--
-- The facts come in the order of their external ids, in which everybody claims; f_turn is a fact's place in the
-- order in which they occurred, in which they are posted. JSON comes as one list and the hashes as one text:
-- in an array literal each would be quoted, and read twice.

CREATE FUNCTION activity_record_batch(
  p_channel text, f_external text[], f_kind text[], f_member bigint[], f_store bigint[], f_staff bigint[],
  f_occurred timestamptz[], f_amount bigint[], f_attributes jsonb, f_hash bytea, f_turn int[],
  f_points bigint[], f_reason text[], f_explanation jsonb, f_available date[], f_expires date[],
  l_item int[], l_category text[], l_sku text[], l_quantity bigint[], l_amount bigint[],
  p_at timestamptz, p_asset smallint, p_rulebook bigint,
  OUT activities bigint[], OUT balances bigint[]
) LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_channel bigint;
  v_rulebook bigint;
  v_attributes jsonb[] := ARRAY(SELECT * FROM jsonb_array_elements(f_attributes));
  v_explanation jsonb[] := ARRAY(SELECT * FROM jsonb_array_elements(f_explanation));
  given record;
BEGIN
  SELECT (SELECT c.id FROM members_channel c WHERE c.code = p_channel),
         (SELECT r.stamp FROM points_rulebookstamp r WHERE r.id = 1) INTO v_channel, v_rulebook;
  IF v_channel IS NULL OR v_rulebook IS DISTINCT FROM p_rulebook
     OR EXISTS (SELECT 1 FROM (SELECT DISTINCT u.id FROM unnest(f_store) AS u (id)) w
                 WHERE w.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stores_store s WHERE s.id = w.id))
     OR EXISTS (SELECT 1 FROM (SELECT DISTINCT u.id FROM unnest(f_member) AS u (id)) w
                 WHERE NOT EXISTS (SELECT 1 FROM members_member m WHERE m.id = w.id AND m.status = 'active')) THEN
    RETURN;
  END IF;

  WITH claimed AS (
    INSERT INTO activity_activity AS a (channel_id, external_id, kind, member_id, store_id, staff_id, occurred_at,
        recorded_at, amount_fen, discount_fen, points_spent, payload_hash, attributes)
    SELECT v_channel, f.external, f.kind, f.member, f.store, f.staff, f.occurred, p_at, f.amount, 0, 0,
           substr(f_hash, 32 * f.item::int - 31, 32), f.attributes
      FROM unnest(f_external, f_kind, f_member, f_store, f_staff, f_occurred, f_amount, v_attributes)
           WITH ORDINALITY AS f (external, kind, member, store, staff, occurred, amount, attributes, item)
     ORDER BY f.item
    RETURNING a.id
  )
  SELECT array_agg(c.id ORDER BY c.id) INTO activities FROM claimed c;

  INSERT INTO activity_line (activity_id, member_id, category, sku, quantity, amount_fen)
  SELECT activities[l.item], f_member[l.item], l.category, l.sku, l.quantity, l.amount
    FROM unnest(l_item, l_category, l_sku, l_quantity, l_amount) AS l (item, category, sku, quantity, amount);

  INSERT INTO ledger_decline (source, member_id, asset_id, at, reason, explanation)
  SELECT 'activity:' || f.id || ':points', f.member, p_asset, f.occurred, f.reason, f.explanation
    FROM unnest(activities, f_member, f_occurred, f_points, f_reason, v_explanation)
         AS f (id, member, occurred, points, reason, explanation)
   WHERE f.points = 0;

  SELECT array_agg(f.member) AS member, array_agg('activity:' || f.id || ':points') AS source,
         array_agg(f.occurred) AS occurred, array_agg(f.points) AS points, array_agg(f.explanation) AS explanation,
         array_agg(f.staff) AS staff, array_agg(f.store) AS store, array_agg(f.available) AS available,
         array_agg(f.expires) AS expires
    INTO given
    FROM (SELECT * FROM unnest(activities, f_member, f_occurred, f_points, v_explanation, f_staff, f_store,
                               f_available, f_expires, f_turn)
                 AS u (id, member, occurred, points, explanation, staff, store, available, expires, turn)
           WHERE u.points > 0 ORDER BY u.turn) f;
  IF given.member IS NOT NULL THEN
    balances := ledger_award_batch(p_asset, given.member, given.points, given.source, given.occurred,
      given.explanation, given.staff, given.store, given.available, given.expires);
  END IF;
  INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
  VALUES ('activity.recorded', jsonb_build_object('activities', activities), p_at, 0, '');
EXCEPTION
  WHEN unique_violation OR SQLSTATE 'LR010' THEN
    activities := NULL;
    balances := NULL;
END $$;
