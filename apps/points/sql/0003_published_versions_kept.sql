-- A published version is a promise: not changed, not deleted. Only its end may come, or come sooner.

CREATE FUNCTION points_published_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND (NEW.id, NEW.rule_id, NEW.number, NEW.definition, NEW.created_at, NEW.created_by_id,
          NEW.published_at, NEW.published_by_id, NEW.starts_at)
         IS NOT DISTINCT FROM
         (OLD.id, OLD.rule_id, OLD.number, OLD.definition, OLD.created_at, OLD.created_by_id,
          OLD.published_at, OLD.published_by_id, OLD.starts_at)
     AND (OLD.ends_at IS NULL OR NEW.ends_at <= OLD.ends_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of published version % of rule % is refused', TG_OP, OLD.number, OLD.rule_id
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER points_ruleversion_kept BEFORE UPDATE OR DELETE ON points_ruleversion
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION points_published_is_kept();

-- Entries name rules by code and kind: those stay too.
CREATE FUNCTION points_rule_identity_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rule % keeps its code and kind', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER points_rule_identity_kept BEFORE UPDATE OF code, kind ON points_rule
  FOR EACH ROW WHEN (OLD.code <> NEW.code OR OLD.kind <> NEW.kind)
  EXECUTE FUNCTION points_rule_identity_is_kept();

CREATE FUNCTION points_versions_not_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('app.allow_truncate', true) = 'on' THEN
    RETURN NULL;  -- only databases of tests switch this on
  END IF;
  RAISE EXCEPTION 'published versions are kept for ever' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER points_ruleversion_not_truncated BEFORE TRUNCATE ON points_ruleversion
  FOR EACH STATEMENT EXECUTE FUNCTION points_versions_not_truncated();
