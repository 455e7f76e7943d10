-- What writes touched, so that kept answers know which of their parts are stale (docs/decisions/kept-answers.md).
-- A row says: this transaction changed records whose timestamps lie in [first_moment, last_moment].
CREATE TABLE touches (
  data_set_id bigint NOT NULL,
  transaction_id bigint NOT NULL,
  first_moment timestamptz NOT NULL,
  last_moment timestamptz NOT NULL
);
CREATE INDEX ON touches (data_set_id, transaction_id);

-- One row for each day, once the transactions are done: the newest transaction stands for all of them,
-- because a part is stale when any touch of it is at least as new as the part. Two at once share the work.
CREATE FUNCTION merge_touches(merged_data_set bigint) RETURNS void LANGUAGE sql AS $$
  WITH merged AS (
    DELETE FROM data_sets.touches WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM data_sets.touches
      WHERE data_set_id = merged_data_set AND transaction_id < pg_current_xact_id()::text::bigint
      LIMIT 10000 FOR UPDATE SKIP LOCKED))
    RETURNING transaction_id, first_moment, last_moment
  )
  INSERT INTO data_sets.touches (data_set_id, transaction_id, first_moment, last_moment)
  SELECT merged_data_set, max(transaction_id), min(first_moment), max(last_moment) FROM merged
  GROUP BY date_trunc('day', first_moment, 'UTC'), date_trunc('day', last_moment, 'UTC');
$$;

-- A batch over many days is told by months or years: a batch must not write more touches than records.
CREATE FUNCTION touch_moments(touched_data_set bigint, moments timestamptz[]) RETURNS void LANGUAGE sql AS $$
  WITH touched AS (SELECT moment FROM unnest(moments) AS moment WHERE moment IS NOT NULL),
  span AS (
    SELECT CASE WHEN max(moment) - min(moment) < interval '32 days' THEN 'day'
                WHEN max(moment) - min(moment) < interval '1000 days' THEN 'month'
                ELSE 'year' END AS unit
    FROM touched
  )
  INSERT INTO data_sets.touches (data_set_id, transaction_id, first_moment, last_moment)
  SELECT touched_data_set, pg_current_xact_id()::text::bigint, min(moment), max(moment)
  FROM touched, span GROUP BY date_trunc(unit, moment, 'UTC');
$$;

-- The trigger of every table of records, with the data set's number as its argument: whatever changes
-- records says so in its own transaction.
CREATE FUNCTION record_touches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched_data_set bigint := TG_ARGV[0]::bigint;
  moments timestamptz[];
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    moments := ARRAY['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'];
    INSERT INTO data_sets.touches VALUES
      (touched_data_set, pg_current_xact_id()::text::bigint, moments[1], moments[2]);
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' THEN
    moments := ARRAY(SELECT timestamp FROM new_rows);
  ELSIF TG_OP = 'DELETE' THEN
    moments := ARRAY(SELECT timestamp FROM old_rows);
  ELSE
    moments := ARRAY(SELECT timestamp FROM old_rows UNION ALL SELECT timestamp FROM new_rows);
  END IF;
  IF cardinality(moments) > 0 THEN
    PERFORM data_sets.touch_moments(touched_data_set, moments);
    IF pg_current_xact_id()::text::bigint % 500 = 0 THEN
      PERFORM data_sets.merge_touches(touched_data_set);
    END IF;
  END IF;
  RETURN NULL;
END;
$$;

CREATE FUNCTION watch_records(watched_data_set bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  records text := format('data_sets.records_%s', watched_data_set);
BEGIN
  EXECUTE format('CREATE TRIGGER touches_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION data_sets.record_touches(%L)', records, watched_data_set);
  EXECUTE format('CREATE TRIGGER touches_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows
    NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION data_sets.record_touches(%L)',
    records, watched_data_set);
  EXECUTE format('CREATE TRIGGER touches_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION data_sets.record_touches(%L)', records, watched_data_set);
  EXECUTE format('CREATE TRIGGER touches_truncate BEFORE TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION data_sets.record_touches(%L)', records, watched_data_set);
  -- How many periods there are: without it the planner takes each record for a group of its own and
  -- sorts them all. Weekly groups of 1 M records: 390 ms without, 200 with.
  EXECUTE format('CREATE STATISTICS %s_hours ON (date_bin(''1 hour'', timestamp, timestamptz ''1970-01-05T00:00:00Z'')) FROM %1$s', records);
  EXECUTE format('CREATE STATISTICS %s_days ON (date_bin(''1 day'', timestamp, timestamptz ''1970-01-05T00:00:00Z'')) FROM %1$s', records);
  EXECUTE format('CREATE STATISTICS %s_weeks ON (date_bin(''7 days'', timestamp, timestamptz ''1970-01-05T00:00:00Z'')) FROM %1$s', records);
  EXECUTE format('CREATE STATISTICS %s_months ON (date_trunc(''month'', timestamp AT TIME ZONE ''UTC'') AT TIME ZONE ''UTC'') FROM %1$s', records);
  EXECUTE format('CREATE STATISTICS %s_quarters ON (date_trunc(''quarter'', timestamp AT TIME ZONE ''UTC'') AT TIME ZONE ''UTC'') FROM %1$s', records);
  EXECUTE format('CREATE STATISTICS %s_years ON (date_trunc(''year'', timestamp AT TIME ZONE ''UTC'') AT TIME ZONE ''UTC'') FROM %1$s', records);
END;
$$;

SELECT watch_records(id) FROM data_sets WHERE layout_version > 0;
