-- Loads: one durable row each; packages: one row each, as the last published load left it.

CREATE TABLE loads (
  id             uuid PRIMARY KEY,
  address        text NOT NULL,
  datapackage    text NOT NULL,
  requested_by   text NOT NULL,
  package_id     text,
  claimed_at     timestamptz(6),
  force          boolean NOT NULL DEFAULT false,
  status         text NOT NULL DEFAULT 'queued' CHECK (status IN (
                   'queued', 'initializing', 'loading-datapackage', 'validating-datapackage',
                   'loading-resource', 'deleting-table', 'creating-table', 'loading-data-ready',
                   'loading-data', 'creating-babbage-model', 'saving-metadata', 'done', 'fail')),
  rows           bigint NOT NULL DEFAULT 0 CHECK (rows >= 0),
  rows_total     bigint,
  bytes          bigint,
  phases         jsonb NOT NULL DEFAULT '[]',
  error          text,
  code           text,
  problems       jsonb NOT NULL DEFAULT '[]',
  problems_total integer NOT NULL DEFAULT 0,
  warnings       text[] NOT NULL DEFAULT '{}',
  attempt        integer NOT NULL DEFAULT 0,
  unchanged      boolean NOT NULL DEFAULT false,
  created_at     timestamptz(6) NOT NULL DEFAULT clock_timestamp(),
  enqueued_at    timestamptz(6),
  started_at     timestamptz(6),
  heartbeat_at   timestamptz(6),
  finished_at    timestamptz(6),
  CHECK ((status IN ('done', 'fail')) = (finished_at IS NOT NULL)),
  CHECK (status <> 'fail' OR error IS NOT NULL)
);

-- Status by address always shows the newest load.
CREATE INDEX loads_by_address ON loads (address, created_at DESC, id DESC);
-- One person has at most one load of one address waiting for its first attempt.
CREATE UNIQUE INDEX loads_one_waiting ON loads (address, requested_by) WHERE status = 'queued' AND attempt = 0;
-- What the relay and the search for lost attempts walk: few rows at any time.
CREATE INDEX loads_unfinished ON loads (created_at) WHERE status NOT IN ('done', 'fail');
CREATE INDEX loads_by_package ON loads (package_id, created_at DESC) WHERE package_id IS NOT NULL;

CREATE TABLE packages (
  id              text PRIMARY KEY,
  owner           text NOT NULL,
  name            text NOT NULL,
  descriptor      jsonb NOT NULL,
  model           jsonb,
  origin_url      text NOT NULL,
  author          text,
  private         boolean NOT NULL DEFAULT true,
  loaded          boolean NOT NULL DEFAULT false,
  loading_status  text NOT NULL,
  loading_error   text,
  last_update     timestamptz(6) NOT NULL DEFAULT clock_timestamp(),
  current_load_id uuid REFERENCES loads (id),
  cubes           jsonb NOT NULL DEFAULT '[]',
  content_hash    text,
  version         integer NOT NULL DEFAULT 0,
  UNIQUE (owner, name),
  CHECK (id = owner || ':' || name),
  CHECK (NOT loaded OR (model IS NOT NULL AND current_load_id IS NOT NULL))
);

CREATE INDEX packages_by_address ON packages (origin_url);
