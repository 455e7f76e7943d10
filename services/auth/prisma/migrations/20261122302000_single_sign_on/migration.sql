-- Other applications that people sign in to with their account here.
CREATE TABLE auth.apps (
  slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text NOT NULL,
  url text NOT NULL,
  -- Others' software: people are asked before it learns who they are.
  external boolean NOT NULL DEFAULT false,
  -- What people are there who have no row in app_roles.
  default_role text NOT NULL DEFAULT 'no access' CHECK (default_role IN ('admin', 'user', 'no access')),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE auth.app_roles (
  app text NOT NULL REFERENCES auth.apps (slug) ON DELETE CASCADE ON UPDATE CASCADE,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  role text NOT NULL CHECK (role IN ('admin', 'user', 'no access')),
  PRIMARY KEY (app, user_id)
);
CREATE INDEX app_roles_user_id_idx ON auth.app_roles (user_id);

-- Programs that ask for tokens (OAuth 2.0). Metadata has the names of RFC 7591.
CREATE TABLE auth.clients (
  id text PRIMARY KEY,
  app text REFERENCES auth.apps (slug) ON DELETE CASCADE ON UPDATE CASCADE,
  name text NOT NULL,
  -- SHA-256 of 256 random bits; null for public clients.
  secret_hash bytea,
  metadata jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX clients_app_idx ON auth.clients (app);

INSERT INTO auth.permissions (name, description) VALUES
  ('app:manage:any', 'Register applications, and say who is what in them'),
  ('client:manage:any', 'Register clients of single sign-on');
INSERT INTO auth.role_permissions (role, permission) VALUES
  ('admin', 'app:manage:any'),
  ('admin', 'client:manage:any');
