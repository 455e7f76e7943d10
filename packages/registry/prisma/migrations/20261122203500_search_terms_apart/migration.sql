-- PostgreSQL moves a value out of its row only where the row has more than 2 kB: with `terms` in them, the
-- rows that a search looks through had 1.5 kB each. Their terms' hashes stand there instead, and the terms,
-- which only ranking reads, in a table of their own.
DROP INDEX package_search_terms;
ALTER TABLE package_search DROP COLUMN terms;
ALTER TABLE package_search
  -- The first 64 bits of each term's SHA-256.
  ADD COLUMN term_hashes bigint[] NOT NULL DEFAULT '{}',
  -- Everything is indexed again; by this form of the statement, the rows are written anew without what was dropped.
  ALTER COLUMN terms_version TYPE integer USING -1;
ALTER TABLE package_search RESET (toast_tuple_target);
CREATE INDEX package_search_terms ON package_search USING gin (term_hashes) WITH (fastupdate = off);

CREATE TABLE package_terms (
  package_id text PRIMARY KEY REFERENCES package_search (package_id) ON DELETE CASCADE,
  terms      tsvector NOT NULL
);
