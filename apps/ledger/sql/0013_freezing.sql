-- A frozen account neither spends nor holds; everything else (awards, refunds, corrections, clearing) goes on.
-- Only spends and holds ask, and they ask an index that is empty while all is well.

CREATE FUNCTION ledger_not_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_freeze f WHERE f.account_id = NEW.account_id AND f.lifted_at IS NULL) THEN
    PERFORM ledger_refuse_repeat(NEW.source);
    RAISE EXCEPTION 'account is frozen' USING ERRCODE = 'LR009', DETAIL = json_build_object(
      'account_id', NEW.account_id, 'member_id', NEW.member_id)::text;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_entry_not_frozen BEFORE INSERT ON ledger_entry
  FOR EACH ROW WHEN (NEW.kind = 'spend') EXECUTE FUNCTION ledger_not_frozen();
CREATE TRIGGER ledger_hold_not_frozen BEFORE INSERT ON ledger_hold
  FOR EACH ROW EXECUTE FUNCTION ledger_not_frozen();
