-- Who has read the rulebook once need not read it again while its stamp stays the same. A stamp is drawn from a
-- sequence, so that one rolled back never comes again; the row is read and locked like any other.

CREATE SEQUENCE points_rulebook_stamps;

CREATE FUNCTION points_rulebook_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO points_rulebookstamp AS s (id, stamp) VALUES (1, nextval('points_rulebook_stamps'))
  ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp;
  RETURN NULL;
END $$;

CREATE TRIGGER points_ruleversion_stamped AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON points_ruleversion
  FOR EACH STATEMENT EXECUTE FUNCTION points_rulebook_changed();

INSERT INTO points_rulebookstamp (id, stamp) VALUES (1, nextval('points_rulebook_stamps'));
