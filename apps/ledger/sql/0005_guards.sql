-- History can't be rewritten: not by a bug, not by hand.

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' AND current_setting('app.allow_truncate', true) = 'on' THEN
    RETURN NULL;  -- only databases of tests switch this on
  END IF;
  RAISE EXCEPTION '% on % is refused: its rows are kept for ever', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_allocation_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_allocation
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_reversal_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_reversal
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_extension_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_extension
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_decline_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_decline
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_lot_grant_kept
  BEFORE UPDATE OF account_id, member_id, entry_id, granted, available_on OR DELETE OR TRUNCATE ON ledger_lot
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_hold_kept
  BEFORE UPDATE OF account_id, member_id, amount, source OR DELETE OR TRUNCATE ON ledger_hold
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE FUNCTION ledger_hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'hold % was % before: it ends once', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_hold_ended BEFORE UPDATE ON ledger_hold
  FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION ledger_hold_ends_once();
