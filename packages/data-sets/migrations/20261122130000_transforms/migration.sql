-- What is computed from a data set into another one, and how far that is.
CREATE TABLE transforms (
  id uuid PRIMARY KEY,
  data_set_id bigint NOT NULL REFERENCES data_sets (id) ON DELETE CASCADE,
  position integer NOT NULL,
  -- JSON as it was checked when it was put.
  definition text NOT NULL,
  after_writes boolean NOT NULL,
  every_seconds integer,
  -- Rises with every reason to run: a run that began with an older one has not seen the newest.
  version bigint NOT NULL DEFAULT 0,
  -- Null: nothing is to be done.
  pending_since timestamptz,
  -- The timestamps of the writes that have not been seen to yet.
  pending_from timestamptz,
  pending_to timestamptz,
  -- How many transforms stand between a client's write and this one.
  depth integer NOT NULL DEFAULT 0,
  due_at timestamptz,
  last_run_at timestamptz,
  last_success_at timestamptz,
  last_error text,
  failures integer NOT NULL DEFAULT 0
);
CREATE INDEX ON transforms (data_set_id);
CREATE INDEX ON transforms (pending_since) WHERE pending_since IS NOT NULL;
