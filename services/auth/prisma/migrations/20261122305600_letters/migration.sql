-- Letters that the mail server has not taken yet. They hold one-time links, so the whole letter is encrypted.
CREATE TABLE auth.letters (
  id uuid PRIMARY KEY,
  sealed_letter bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- Then the link in it has expired too.
  expires_at timestamptz(3) NOT NULL DEFAULT (CURRENT_TIMESTAMP + interval '1 day'),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- Why the latest attempt failed, as administrators are told.
  last_failure text,
  failed_at timestamptz(3)
);
CREATE INDEX letters_due_at_idx ON auth.letters (due_at);
