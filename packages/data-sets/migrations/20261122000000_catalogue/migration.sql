-- The catalogue of data sets. Records live in a table of their own for each data set, made by write-api.
CREATE TABLE data_sets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  data_group text NOT NULL,
  data_type text NOT NULL,
  -- SHA-256 of the bearer token in hexadecimal; null: no bearer token may write.
  token_hash text,
  -- Everything else of the configuration, in the names of the wire.
  settings jsonb NOT NULL,
  -- The columns of the table of records: {"<key>": {"column": "k1", "type": "number", "rest": "none"}}.
  layout jsonb NOT NULL DEFAULT '{}',
  -- Rises with every change of the layout; 0: there is no table yet.
  layout_version integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (data_group, data_type)
);
