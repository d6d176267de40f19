-- A published version is a promise: not changed, not deleted.
CREATE FUNCTION tiers_published_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of published version % of programme % is refused', TG_OP, OLD.number, OLD.programme_id
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tiers_programmeversion_kept BEFORE UPDATE OR DELETE ON tiers_programmeversion
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION tiers_published_is_kept();

-- Whoever decides by the rulebook learns of programmes by its stamp, too.
CREATE TRIGGER tiers_programmeversion_stamped AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tiers_programmeversion
  FOR EACH STATEMENT EXECUTE FUNCTION points_rulebook_changed();
CREATE TRIGGER tiers_programme_stamped AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tiers_programme
  FOR EACH STATEMENT EXECUTE FUNCTION points_rulebook_changed();

-- One member's spells in one programme never overlap. Ranges of whole numbers need no extension.
ALTER TABLE tiers_spell ADD CONSTRAINT tiers_spell_no_overlap EXCLUDE USING gist (
  int8range(member_id, member_id, '[]') WITH &&, int8range(programme_id, programme_id, '[]') WITH &&,
  tstzrange(since, until) WITH &&);
ALTER TABLE tiers_standing SET (fillfactor = 85);

CREATE FUNCTION tiers_growth(p_asset smallint, p_member bigint[], p_since timestamptz[], p_until timestamptz[])
RETURNS TABLE (n bigint, growth bigint) LANGUAGE sql STABLE AS $$
  -- What counts for each (member, since, until). A reversal belongs to where its credit does, from when it was made;
  -- what was told after its month was closed belongs to when it occurred.
  SELECT u.n, coalesce((
           SELECT sum(e.amount) FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
             LEFT JOIN ledger_entry o ON o.id = e.reverses_id
            WHERE a.member_id = u.member AND a.asset_id = p_asset AND e.kind <> 'expire'
              AND coalesce((o.explanation->>'occurred_at')::timestamptz, o.at,
                           (e.explanation->>'occurred_at')::timestamptz, e.at) >= u.since
              AND coalesce((e.explanation->>'occurred_at')::timestamptz, e.at) < u.until), 0)::bigint
    FROM unnest(p_member, p_since, p_until) WITH ORDINALITY AS u (member, since, until, n)
$$;

CREATE FUNCTION tiers_join(p_programme bigint, p_level bigint, p_first bigint, p_last bigint, p_begins timestamptz)
RETURNS bigint LANGUAGE sql AS $$
  -- Members of a range without a standing get the first level, since they joined (or the programme began).
  WITH new AS (
    INSERT INTO tiers_standing (programme_id, member_id, level_id, since, earned_id)
    SELECT p_programme, m.id, p_level, greatest(m.joined_at, p_begins), p_level FROM members_member m
     WHERE m.id BETWEEN p_first AND p_last
       AND NOT EXISTS (SELECT 1 FROM tiers_standing s WHERE s.member_id = m.id AND s.programme_id = p_programme)
     ORDER BY m.id
    ON CONFLICT (member_id, programme_id) DO NOTHING
    RETURNING member_id, since
  ), told AS (
    INSERT INTO tiers_spell (programme_id, member_id, level_id, since, explanation)
    SELECT p_programme, n.member_id, p_level, n.since, '{"act": "joined"}' FROM new n
  )
  SELECT count(*) FROM new
$$;

CREATE FUNCTION tiers_move(
  p_programme bigint, p_member bigint[], p_was_level bigint[], p_was_since timestamptz[],
  p_level bigint[], p_since timestamptz[], p_earned bigint[], p_protected timestamptz[], p_falls timestamptz[],
  p_explanation jsonb[]
) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
  v_moved bigint[];
BEGIN
  -- Writes how members stand now, if each still stands as it was seen; answers those that did. A spell that would
  -- not have lasted an instant is told anew.
  WITH wish AS (
    SELECT * FROM unnest(p_member, p_was_level, p_was_since, p_level, p_since, p_earned, p_protected, p_falls)
               AS w (member, was_level, was_since, level, since, earned, protected, falls)
  ), kept AS (
    SELECT s.id, w.* FROM wish w
      JOIN tiers_standing s ON s.member_id = w.member AND s.programme_id = p_programme
     WHERE s.level_id = w.was_level AND s.since = w.was_since
     ORDER BY s.member_id FOR UPDATE OF s
  ), moved AS (
    UPDATE tiers_standing s
       SET level_id = k.level, earned_id = k.earned, protected_until = k.protected, falls_at = k.falls,
           since = CASE WHEN k.level <> k.was_level THEN k.since ELSE s.since END
      FROM kept k WHERE s.id = k.id
    RETURNING s.member_id
  )
  SELECT coalesce(array_agg(member_id), '{}') INTO v_moved FROM moved;

  UPDATE tiers_spell p SET until = w.since
    FROM unnest(p_member, p_was_level, p_level, p_since) AS w (member, was_level, level, since)
   WHERE p.programme_id = p_programme AND p.member_id = w.member AND p.until IS NULL AND p.since < w.since
     AND w.level <> w.was_level AND w.member = ANY (v_moved);
  UPDATE tiers_spell p SET level_id = w.level, explanation = w.explanation
    FROM unnest(p_member, p_was_level, p_level, p_explanation) AS w (member, was_level, level, explanation)
   WHERE p.programme_id = p_programme AND p.member_id = w.member AND p.until IS NULL
     AND w.level <> w.was_level AND w.member = ANY (v_moved);
  INSERT INTO tiers_spell (programme_id, member_id, level_id, since, explanation)
  SELECT p_programme, w.member, w.level, w.since, w.explanation
    FROM unnest(p_member, p_was_level, p_level, p_since, p_explanation) AS w (member, was_level, level, since,
                                                                             explanation)
   WHERE w.level <> w.was_level AND w.member = ANY (v_moved)
     AND NOT EXISTS (SELECT 1 FROM tiers_spell p WHERE p.programme_id = p_programme AND p.member_id = w.member
                       AND p.until IS NULL)
   ORDER BY w.member;
  RETURN QUERY SELECT unnest(v_moved);
END $$;
