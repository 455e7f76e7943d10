-- Parts of answers that read-api keeps (docs/decisions/kept-answers.md). All of it may be deleted at any time.
CREATE TABLE shapes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  data_set_id bigint NOT NULL,
  -- SHA-256 of what is asked, without the range of time.
  shape text NOT NULL,
  -- The database cluster by whose transactions the mark counts.
  cluster text NOT NULL,
  -- Rises with every save: who saves has read the one before.
  revision bigint NOT NULL,
  -- Every transaction below this one was done when the parts were computed.
  mark bigint NOT NULL,
  -- The periods in [covered_from, covered_to) have parts; those without a row have no records.
  covered_from timestamptz NOT NULL,
  covered_to timestamptz NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (data_set_id, shape, cluster)
);

CREATE TABLE parts (
  shape_id bigint NOT NULL REFERENCES shapes ON DELETE CASCADE,
  start timestamptz NOT NULL,
  -- The groups of this period, in the form of kept/kept-groups.ts.
  groups json NOT NULL,
  PRIMARY KEY (shape_id, start)
);
