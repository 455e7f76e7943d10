CREATE TABLE auth.users (
  id uuid PRIMARY KEY,
  idhash text NOT NULL UNIQUE CHECK (idhash ~ '^[0-9a-f]{32}$'),
  username text NOT NULL UNIQUE CHECK (username ~ '^[a-z0-9][a-z0-9_-]{2,31}$'),
  name text,
  email text,
  email_verified boolean NOT NULL DEFAULT false,
  avatar_url text,
  username_changed_at timestamptz(3),
  join_date timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE auth.identities (
  provider text NOT NULL,
  subject text NOT NULL,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  login text UNIQUE,
  password_hash text,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_user_id_idx ON auth.identities (user_id);

CREATE TABLE auth.roles (
  name text PRIMARY KEY,
  description text NOT NULL
);

CREATE TABLE auth.user_roles (
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  role text NOT NULL REFERENCES auth.roles (name) ON DELETE RESTRICT ON UPDATE CASCADE,
  PRIMARY KEY (user_id, role)
);

CREATE TABLE auth.sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  cookie_hash bytea NOT NULL UNIQUE,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_seen_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  revoked_at timestamptz(3)
);
CREATE INDEX sessions_user_id_idx ON auth.sessions (user_id);

CREATE TABLE auth.signing_keys (
  kid text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'retired')),
  public_jwk jsonb NOT NULL,
  encrypted_private_key bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  activated_at timestamptz(3),
  retired_at timestamptz(3)
);
-- Whatever goes wrong elsewhere, two keys can never both sign.
CREATE UNIQUE INDEX signing_keys_one_active ON auth.signing_keys (state) WHERE state = 'active';

CREATE TABLE auth.personal_access_tokens (
  id text PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  scopes text[] NOT NULL,
  start_up boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  last_used_at timestamptz(3),
  revoked_at timestamptz(3)
);
CREATE INDEX personal_access_tokens_user_id_idx ON auth.personal_access_tokens (user_id);

CREATE TABLE auth.service_permissions (
  userid text NOT NULL,
  service text NOT NULL,
  permissions jsonb NOT NULL CHECK (jsonb_typeof(permissions) = 'object'),
  PRIMARY KEY (userid, service)
);

CREATE TABLE auth.one_time_links (
  token_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('sign-in', 'recovery')),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3)
);
CREATE INDEX one_time_links_user_id_idx ON auth.one_time_links (user_id);

CREATE TABLE auth.audit_entries (
  id uuid PRIMARY KEY,
  at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  actor uuid,
  action text NOT NULL,
  target text,
  request_id text,
  details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_entries_at_idx ON auth.audit_entries (at);

INSERT INTO auth.roles (name, description) VALUES
  ('admin', 'Administers the platform'),
  ('moderator', 'Handles reports and comments'),
  ('user', 'An ordinary person'),
  ('new user', 'A person whose e-mail address is not verified yet'),
  ('suspended', 'Shut out until a date');

INSERT INTO auth.service_permissions (userid, service, permissions) VALUES
  ('*', 'os.datastore', '{"datapackage-upload": true}');
