-- A bearer token that was rotated with a grace period still works until then.
ALTER TABLE data_sets
  ADD COLUMN previous_token_hash text,
  ADD COLUMN previous_token_until timestamptz;

-- Answers to writes that carried an Idempotency-Key, kept in the transaction of the write itself.
CREATE TABLE receipts (
  data_set_id bigint NOT NULL REFERENCES data_sets (id) ON DELETE CASCADE,
  -- SHA-256 of the key in hexadecimal.
  key_hash text NOT NULL,
  -- SHA-256 of what was sent: the same key with another body is a mistake of the client's.
  fingerprint text NOT NULL,
  status integer NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (data_set_id, key_hash)
);
CREATE INDEX ON receipts (created_at);

-- How many bytes a record takes as JSON, counted only in capped data sets.
DO $$
DECLARE
  records regclass;
BEGIN
  FOR records IN
    SELECT oid FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname ~ '^records_[0-9]+$'
  LOOP
    EXECUTE format('ALTER TABLE %s ADD COLUMN bytes integer', records);
  END LOOP;
END $$;
