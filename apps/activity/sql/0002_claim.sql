-- The one door's first step in one round trip: claim the facts, write their lines, lock the accounts of
-- their members, announce. Facts come as one JSON array, each element the fact's canonical body:
--   channel, external_id, kind, member_id, store_id, staff_id, occurred_at, amount_fen, discount_fen,
--   points_spent, refund_of, attributes, hash (hex), lines: [[category, sku, quantity, amount_fen, takes_back], …]

CREATE FUNCTION activity_given(p_facts json)
RETURNS TABLE (n bigint, channel_id bigint, external_id text, kind text, member_id bigint, status text,
               store_id bigint, staff_id bigint, occurred_at timestamptz, amount_fen bigint, discount_fen bigint,
               points_spent bigint, refund_of bigint, attributes jsonb, hash bytea, lines json, fault text)
LANGUAGE sql STABLE ROWS 1000 AS $$
  -- The facts beside what the database knows of them; ``fault`` says why one can't be accepted.
  SELECT f.n, c.id, r.external_id, r.kind, r.member_id, m.status, r.store_id, r.staff_id, r.occurred_at,
         r.amount_fen, r.discount_fen, r.points_spent, r.refund_of, r.attributes, decode(r.hash, 'hex'), r.lines,
         CASE WHEN c.id IS NULL THEN 'unknown_channel'
              WHEN m.id IS NULL THEN 'unknown_member'
              WHEN m.status = 'closed' AND r.kind <> 'refund' THEN 'member_closed'
              WHEN m.status = 'frozen' AND r.points_spent > 0 AND r.kind <> 'refund' THEN 'member_frozen'
              WHEN r.store_id IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM stores_store s WHERE s.id = r.store_id) THEN 'unknown_store'
         END
    FROM json_array_elements(p_facts) WITH ORDINALITY AS f (body, n)
   CROSS JOIN LATERAL json_to_record(f.body) AS r (
           channel text, external_id text, kind text, member_id bigint, store_id bigint, staff_id bigint,
           occurred_at timestamptz, amount_fen bigint, discount_fen bigint, points_spent bigint, refund_of bigint,
           attributes jsonb, hash text, lines json)
    LEFT JOIN members_channel c ON c.code = r.channel
    LEFT JOIN members_member m ON m.id = r.member_id
$$;

CREATE FUNCTION activity_claim(p_facts json, p_at timestamptz, p_asset smallint)
RETURNS TABLE (n bigint, activity_id bigint, status text)
LANGUAGE plpgsql AS $$
DECLARE
  numbers bigint[];
  ids bigint[];
  states text[];
  members bigint[];
BEGIN
  WITH given AS MATERIALIZED (
    SELECT * FROM activity_given(p_facts) g WHERE g.fault IS NULL
  ), firsts AS (
    SELECT DISTINCT ON (g.channel_id, g.external_id) g.* FROM given g ORDER BY g.channel_id, g.external_id, g.n
  ), claimed AS (
    INSERT INTO activity_activity AS a (channel_id, external_id, kind, member_id, store_id, staff_id, occurred_at,
        recorded_at, amount_fen, discount_fen, points_spent, payload_hash, refund_of_id, attributes)
    SELECT g.channel_id, g.external_id, g.kind, g.member_id, g.store_id, g.staff_id, g.occurred_at, p_at,
           g.amount_fen, g.discount_fen, g.points_spent, g.hash, g.refund_of, g.attributes
      FROM firsts g ORDER BY g.channel_id, g.external_id
    ON CONFLICT ON CONSTRAINT activity_activity_once DO NOTHING
    RETURNING a.id, a.channel_id, a.external_id
  ), accepted AS MATERIALIZED (
    SELECT g.n, c.id, g.member_id, g.status, g.lines
      FROM claimed c JOIN firsts g ON g.channel_id = c.channel_id AND g.external_id = c.external_id
  ), lined AS (
    INSERT INTO activity_line (activity_id, member_id, category, sku, quantity, amount_fen, refunds_line_id)
    SELECT x.id, x.member_id, l.line ->> 0, l.line ->> 1, (l.line ->> 2)::bigint, (l.line ->> 3)::bigint,
           (l.line ->> 4)::bigint
      FROM accepted x CROSS JOIN LATERAL json_array_elements(x.lines) WITH ORDINALITY AS l (line, position)
     ORDER BY x.n, l.position
  )
  SELECT array_agg(x.n), array_agg(x.id), array_agg(x.status), array_agg(DISTINCT x.member_id)
    INTO numbers, ids, states, members FROM accepted x;
  IF ids IS NULL THEN
    RETURN;
  END IF;
  PERFORM 1 FROM ledger_lock(members, p_asset);
  INSERT INTO core_outboxevent (topic, payload, created_at, attempts, last_error)
  VALUES ('activity.recorded', jsonb_build_object('activities', ids), p_at, 0, '');
  RETURN QUERY SELECT * FROM unnest(numbers, ids, states);
END $$;

CREATE FUNCTION activity_unclaimed(p_facts json)
RETURNS TABLE (n bigint, activity_id bigint, fault text)
LANGUAGE sql STABLE AS $$
  -- Why facts were not claimed: known already (no fault when the body is the same), or refused.
  SELECT g.n, a.id, CASE WHEN a.id IS NULL THEN g.fault WHEN a.payload_hash <> g.hash THEN 'different_body' END
    FROM activity_given(p_facts) g
    LEFT JOIN activity_activity a ON a.channel_id = g.channel_id AND a.external_id = g.external_id
$$;
