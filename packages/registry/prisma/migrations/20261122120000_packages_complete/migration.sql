-- What people do with packages and loads besides loading: search, cancel, hooks, quotas, acting for others.

-- Asked for by POST /packages; a first load that says false is public once it is done.
ALTER TABLE loads ADD COLUMN private boolean;
CREATE INDEX loads_by_requester ON loads (address, requested_by, created_at DESC) WHERE package_id IS NOT NULL;

-- The full error report of a failed load, apart from its row: the row has the first 100.
CREATE TABLE load_errors (
  load_id  uuid NOT NULL REFERENCES loads (id) ON DELETE CASCADE,
  position integer NOT NULL,
  problem  jsonb NOT NULL,
  PRIMARY KEY (load_id, position)
);

ALTER TABLE packages
  ADD COLUMN default_params jsonb,
  ADD COLUMN count_of_rows bigint NOT NULL DEFAULT 0;
CREATE INDEX packages_by_owner ON packages (owner, last_update DESC, id);

UPDATE packages SET count_of_rows = COALESCE((SELECT rows FROM loads WHERE loads.id = current_load_id), 0);

-- What a search reads: narrow rows, so that a word which every package has costs little too. `terms`
-- is written with the descriptor; the rest follows the package by trigger.
CREATE TABLE package_search (
  package_id    text PRIMARY KEY REFERENCES packages (id) ON DELETE CASCADE,
  owner         text NOT NULL,
  private       boolean NOT NULL,
  loaded        boolean NOT NULL,
  visible       boolean GENERATED ALWAYS AS (loaded AND NOT private) STORED,
  last_update   timestamptz(6) NOT NULL,
  count_of_rows bigint NOT NULL,
  country_codes text[] NOT NULL DEFAULT '{}',
  terms         tsvector NOT NULL DEFAULT '',
  -- The version of the package that the terms are of; -1: none yet.
  terms_version integer NOT NULL DEFAULT -1
) WITH (toast_tuple_target = 128);
ALTER TABLE package_search ALTER COLUMN terms SET STORAGE EXTERNAL;
CREATE INDEX package_search_terms ON package_search USING gin (terms) WITH (fastupdate = off);
CREATE INDEX package_search_visible ON package_search (last_update DESC, package_id) WHERE visible;
CREATE INDEX package_search_by_owner ON package_search (owner, last_update DESC, package_id);
-- What was published before there were terms, or by an earlier release of the worker.
CREATE INDEX package_search_to_index ON package_search (package_id) WHERE terms_version < 0;
CREATE INDEX package_search_by_update ON package_search (last_update DESC, package_id);

CREATE FUNCTION follow_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry.package_search (package_id, owner, private, loaded, last_update, count_of_rows)
  VALUES (NEW.id, NEW.owner, NEW.private, NEW.loaded, NEW.last_update, NEW.count_of_rows)
  ON CONFLICT (package_id) DO UPDATE
    SET private = excluded.private, loaded = excluded.loaded, last_update = excluded.last_update,
        count_of_rows = excluded.count_of_rows,
        -- a new descriptor: its terms are written next, in the same transaction, or by whoever finds them missing
        terms_version = CASE WHEN package_search.terms_version = NEW.version THEN NEW.version ELSE -1 END;
  RETURN NULL;
END $$;
CREATE TRIGGER packages_follow AFTER INSERT OR UPDATE ON packages
  FOR EACH ROW EXECUTE FUNCTION follow_package();

INSERT INTO package_search (package_id, owner, private, loaded, last_update, count_of_rows)
  SELECT id, owner, private, loaded, last_update, count_of_rows FROM packages;

-- A call to a program outside that a person asked for; the worker makes it while somebody waits for it.
CREATE TABLE hook_runs (
  id           uuid PRIMARY KEY,
  package_id   text NOT NULL,
  requested_by text NOT NULL,
  pipeline     text NOT NULL,
  payload      jsonb NOT NULL,
  status       text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'fail')),
  response     text,
  error        text,
  created_at   timestamptz(6) NOT NULL DEFAULT clock_timestamp(),
  started_at   timestamptz(6),
  finished_at  timestamptz(6),
  CHECK ((status IN ('done', 'fail')) = (finished_at IS NOT NULL))
);
CREATE INDEX hook_runs_by_age ON hook_runs (created_at);

-- Files that upload addresses were signed for: they count towards their owner's quota until they expire.
CREATE TABLE announced_files (
  key        text PRIMARY KEY,
  owner      text NOT NULL,
  bytes      bigint NOT NULL CHECK (bytes >= 0),
  expires_at timestamptz(6) NOT NULL
);
CREATE INDEX announced_files_by_owner ON announced_files (owner);

-- The first answer to a request with an Idempotency-Key (reliability.md E1), kept for a day.
CREATE TABLE receipts (
  owner       text NOT NULL,
  key_hash    text NOT NULL,
  fingerprint text NOT NULL,
  load_id     uuid NOT NULL REFERENCES loads (id) ON DELETE CASCADE,
  body        text NOT NULL,
  created_at  timestamptz(6) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (owner, key_hash)
);
CREATE INDEX receipts_by_age ON receipts (created_at);

-- What administrators did for owners.
CREATE TABLE audit (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz(6) NOT NULL DEFAULT clock_timestamp(),
  actor      text NOT NULL,
  owner      text NOT NULL,
  action     text NOT NULL,
  subject    text NOT NULL
);
CREATE INDEX audit_by_owner ON audit (owner, at DESC);
