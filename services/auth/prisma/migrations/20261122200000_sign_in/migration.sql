-- What a provider says of the person, shown beside the identity; it never decides who somebody is.
ALTER TABLE auth.identities
  ADD COLUMN email text,
  ADD COLUMN email_verified boolean NOT NULL DEFAULT false;

ALTER TABLE auth.sessions
  -- When the person last proved who they are: dangerous changes ask for a recent time.
  ADD COLUMN authenticated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN method text NOT NULL DEFAULT 'link',
  ADD COLUMN user_agent text;

ALTER TABLE auth.one_time_links
  -- The address that the link was mailed to, and proves to be the person's.
  ADD COLUMN email text,
  DROP CONSTRAINT one_time_links_purpose_check,
  ADD CONSTRAINT one_time_links_purpose_check CHECK (purpose IN ('sign-in', 'recovery', 'email')),
  ADD CONSTRAINT one_time_links_email_check CHECK (purpose <> 'email' OR email IS NOT NULL);

-- A sign-in on its way through a provider.
CREATE TABLE auth.login_transactions (
  state_hash bytea PRIMARY KEY,
  browser_hash bytea NOT NULL,
  provider text NOT NULL,
  redirect_uri text NOT NULL,
  sealed_secrets bytea NOT NULL,
  next text,
  -- Who links the identity; null for a sign-in.
  user_id uuid REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX login_transactions_expires_at_idx ON auth.login_transactions (expires_at);
CREATE INDEX login_transactions_user_id_idx ON auth.login_transactions (user_id);

-- The result of a sign-in, on its way to another origin.
CREATE TABLE auth.sign_in_codes (
  code_hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES auth.sessions (id) ON DELETE CASCADE ON UPDATE CASCADE,
  origin text NOT NULL,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX sign_in_codes_expires_at_idx ON auth.sign_in_codes (expires_at);
CREATE INDEX sign_in_codes_session_id_idx ON auth.sign_in_codes (session_id);

CREATE TABLE auth.second_factors (
  user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  sealed_secret bytea NOT NULL,
  confirmed_at timestamptz(3),
  -- The time step of the last code that was taken: no code works twice.
  last_step integer NOT NULL DEFAULT 0
);

CREATE TABLE auth.recovery_codes (
  user_id uuid NOT NULL REFERENCES auth.second_factors (user_id) ON DELETE CASCADE ON UPDATE CASCADE,
  code_hash bytea NOT NULL,
  PRIMARY KEY (user_id, code_hash)
);
