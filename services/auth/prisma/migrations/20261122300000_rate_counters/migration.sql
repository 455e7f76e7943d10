-- Counts of requests, shared by all replicas where there is no Redis. Unlogged: losing them with a crash
-- of the database costs nothing, and each is written at every request that is limited.
CREATE UNLOGGED TABLE auth.rate_counters (
  key varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);
