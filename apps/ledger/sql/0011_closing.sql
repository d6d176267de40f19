-- Closed months. The trigger's own condition holds the instant, so an entry of an open month costs one
-- comparison and no call; closing a month replaces the trigger.

CREATE FUNCTION ledger_month_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  closed_until timestamptz := TG_ARGV[0]::timestamptz;
BEGIN
  -- Facts told late, and what an act of today books besides, are entered at the first open instant, with the
  -- instant they tell of kept in the explanation. Everything else is refused.
  IF split_part(NEW.source, ':', 1) = ANY (TG_ARGV) OR NEW.kind = 'settle'
     OR (NEW.kind = 'expire' AND NEW.source IS NULL) THEN
    NEW.explanation := NEW.explanation || jsonb_build_object('occurred_at', NEW.at);
    NEW.at := closed_until;
    RETURN NEW;
  END IF;
  PERFORM ledger_refuse_repeat(NEW.source);
  RAISE EXCEPTION 'month is closed' USING ERRCODE = 'LR008', DETAIL = json_build_object(
    'at', NEW.at, 'closed_until', closed_until)::text;
END $$;

CREATE FUNCTION ledger_close_until(p_until timestamptz, p_late text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  arguments text;
BEGIN
  -- Waits for entries being written; those that come later meet the new condition.
  SELECT string_agg(quote_literal(a), ', ') INTO arguments FROM unnest(ARRAY[p_until::text] || p_late) AS a;
  EXECUTE format(
    'CREATE OR REPLACE TRIGGER ledger_entry_month_open BEFORE INSERT ON ledger_entry FOR EACH ROW
       WHEN (NEW.at < %L::timestamptz) EXECUTE FUNCTION ledger_month_closed(%s)', p_until, arguments);
END $$;

CREATE TRIGGER ledger_closedmonth_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF month, ends_at, closed_at, guarded_at
  ON ledger_closedmonth FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
SELECT ledger_close_until('-infinity', '{}');
