-- The answer to the request that made a data set, when it carried an Idempotency-Key. It holds the
-- bearer token that was shown once, sealed by a key that only the client's Idempotency-Key gives.
ALTER TABLE data_sets
  ADD COLUMN creation_key_hash text,
  ADD COLUMN creation_fingerprint text,
  ADD COLUMN creation_body text,
  ADD COLUMN creation_at timestamptz;
