-- Comments, what strangers are not shown, and what people are to be told (auth.md A5).

-- What auth's moderation feed says, as a conductor last read it: the hashes of ids that are hidden, and
-- the list of words for whoever cannot ask auth.
CREATE TABLE hidden_subjects (
  kind    text NOT NULL,
  subject text NOT NULL,
  PRIMARY KEY (kind, subject)
);
CREATE TABLE word_list (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  words    jsonb NOT NULL
);

CREATE FUNCTION is_hidden(hidden_kind text, id text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM registry.hidden_subjects
    WHERE kind = hidden_kind AND subject = encode(sha256(convert_to(id, 'UTF8')), 'hex'))
$$;

ALTER TABLE packages ADD COLUMN hidden boolean NOT NULL DEFAULT false;
-- A package that was deleted and is loaded again is still the one that was hidden.
CREATE FUNCTION hide_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.hidden := registry.is_hidden('package', NEW.id);
  RETURN NEW;
END $$;
CREATE TRIGGER packages_hide BEFORE INSERT ON packages FOR EACH ROW EXECUTE FUNCTION hide_package();

ALTER TABLE package_search DROP COLUMN visible;
ALTER TABLE package_search ADD COLUMN hidden boolean NOT NULL DEFAULT false;
ALTER TABLE package_search
  ADD COLUMN visible boolean GENERATED ALWAYS AS (loaded AND NOT private AND NOT hidden) STORED;
CREATE INDEX package_search_visible ON package_search (last_update DESC, package_id) WHERE visible;

CREATE OR REPLACE FUNCTION follow_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry.package_search (package_id, owner, private, loaded, hidden, last_update, count_of_rows)
  VALUES (NEW.id, NEW.owner, NEW.private, NEW.loaded, NEW.hidden, NEW.last_update, NEW.count_of_rows)
  ON CONFLICT (package_id) DO UPDATE
    SET private = excluded.private, loaded = excluded.loaded, hidden = excluded.hidden,
        last_update = excluded.last_update, count_of_rows = excluded.count_of_rows,
        -- a new descriptor: its terms are written next, in the same transaction, or by whoever finds them missing
        terms_version = CASE WHEN package_search.terms_version = NEW.version THEN NEW.version ELSE -1 END;
  RETURN NULL;
END $$;

CREATE TABLE comments (
  id         uuid PRIMARY KEY,
  package_id text NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
  -- A userid.
  author     text NOT NULL,
  text       text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 480),
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  edited_at  timestamptz(3),
  edited_by  text,
  hidden     boolean NOT NULL DEFAULT false,
  -- SHA-256 of the request's Idempotency-Key, for a day.
  key_hash   text,
  UNIQUE (author, key_hash)
);
CREATE INDEX comments_by_package ON comments (package_id, created_at, id);
CREATE INDEX comments_by_key_age ON comments (created_at) WHERE key_hash IS NOT NULL;

-- What people are to be told: written with what happens, handed to the queue by a relay.
CREATE TABLE notices (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind       text NOT NULL CHECK (kind IN ('load-done', 'load-failed', 'package-published', 'comment')),
  userid     text NOT NULL,
  package_id text,
  subject_id text,
  detail     text,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notices_by_age ON notices (created_at);

CREATE FUNCTION tell_of_load() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry.notices (kind, userid, package_id, subject_id, detail)
  VALUES (CASE NEW.status WHEN 'done' THEN 'load-done' ELSE 'load-failed' END,
    NEW.requested_by, NEW.package_id, NEW.id::text, NEW.error);
  RETURN NULL;
END $$;
-- Who cancels a load, or deletes its package, knows.
CREATE TRIGGER loads_tell AFTER UPDATE OF status ON loads FOR EACH ROW
  WHEN (NEW.status IN ('done', 'fail') AND OLD.status NOT IN ('done', 'fail')
    AND NEW.code IS DISTINCT FROM 'cancelled')
  EXECUTE FUNCTION tell_of_load();

CREATE FUNCTION tell_of_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry.notices (kind, userid, package_id) VALUES ('package-published', NEW.owner, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER packages_tell AFTER UPDATE ON packages FOR EACH ROW
  WHEN ((NEW.loaded AND NOT NEW.private) AND NOT (OLD.loaded AND NOT OLD.private))
  EXECUTE FUNCTION tell_of_publication();

CREATE FUNCTION tell_of_comment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry.notices (kind, userid, package_id, subject_id, detail)
    SELECT 'comment', owner, id, NEW.id::text, NEW.text FROM registry.packages
    WHERE id = NEW.package_id AND owner <> NEW.author;
  RETURN NULL;
END $$;
CREATE TRIGGER comments_tell AFTER INSERT ON comments FOR EACH ROW EXECUTE FUNCTION tell_of_comment();
