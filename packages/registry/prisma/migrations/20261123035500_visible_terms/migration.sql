-- Only what everybody may see is found by its terms; what only its owner sees, by its owner. A count then looks at no column
-- of the rows that the index names, which halves its time.
DROP INDEX package_search_terms;
CREATE INDEX package_search_terms ON package_search USING gin (term_hashes) WITH (fastupdate = off) WHERE visible;
